"""The things that Tocsin speaks of, one frozen type for each stage of a story's route.

    Feed → ParsedFeed → Story → TaggedStory → Alert → Outcome

Times are aware and in UTC; ``first seen`` is when Tocsin stored a story, ``published`` what the
feed says, or None where it says nothing that can be believed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

CONSOLE: Final = 0
"""The chat id of the terminal: the one subscriber of a service that runs without a token."""


# ── feeds ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed as it was configured: where it is and what is known of its publisher."""

    url: str
    name: str = ""
    country: str = ""
    owner: str = ""
    official: bool = False
    lang: str = ""
    topics: tuple[str, ...] = ()
    interval: timedelta | None = None
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a document says that it wants to be read, or is written.

    ``ttl`` is how long a copy of it is good (RSS 2.0), ``period`` how often it is brought up to
    date (RSS 1.0, module Syndication). In the hours of ``skip_hours`` (0 to 23, UTC) and on the
    days of ``skip_days`` (0 is Monday) nothing new comes (RSS 0.92). ``gap`` is the median time
    between its last stories, by their dates: what it does, not what it says.
    """

    ttl: timedelta | None = None
    period: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    gap: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a feed's last answer gave us to ask "has it changed?" with; kept to the byte.

    ``url`` is the address that gave it, after all redirects: of another page it says nothing.
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source that is polled, with what its earlier readings left.

    ``address`` is where it is asked for since it moved for good, empty where that is its URL;
    ``moving_to`` is where the last ``moves`` readings were sent for good. ``trouble`` is the word
    for what is wrong with it as people were told, empty where nothing is (``bot.rules.health``).
    """

    id: int
    source: Source
    validators: Validators = field(default_factory=Validators)
    next_due: datetime | None = None
    first_read: datetime | None = None
    last_read: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    last_error: str = ""
    newest_story: datetime | None = None
    paused: bool = False
    address: str = ""
    moving_to: str = ""
    moves: int = 0
    pace: Pace = field(default_factory=Pace)
    empty_since: datetime | None = None
    trouble: str = ""

    @property
    def url(self) -> str:
        """The address by which people know the feed."""
        return self.source.url

    @property
    def asked_at(self) -> str:
        """The address that is asked."""
        return self.address or self.source.url


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedChange:
    """That a feed got into trouble, into another, or out of it: ``trouble`` is empty then.

    It is told once; ``id`` is 0 until it is stored.
    """

    id: int = 0
    feed_id: int
    at: datetime
    trouble: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a document, as text without markup; the link is absolute http(s) or empty.

    ``outlet`` is who published it where that is another than the feed's owner, as in a search.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    body: str = ""
    published: datetime | None = None
    lang: str = ""
    outlet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's document after parsing."""

    title: str = ""
    lang: str = ""
    pace: Pace = field(default_factory=Pace)
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of a feed: the validators for the next, and the document if it had changed.

    ``fresh_for`` is how long the answer says that it stays good; ``moved_to`` where the feed is
    to be asked for from now on, where every step of the way there said so.
    """

    validators: Validators
    parsed: ParsedFeed | None
    fresh_for: timedelta | None = None
    moved_to: str = ""


# ── stories ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a story is known by within its feed: short hashes, empty where they tell nothing."""

    guid: str = ""
    link: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One item of a feed, with an identity that survives edits of its title and text."""

    id: str
    feed_id: int
    title: str
    summary: str
    body: str
    link: str
    published: datetime | None
    first_seen: datetime
    lang: str
    content_hash: str
    keys: Keys = field(default_factory=Keys)
    outlet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """What is remembered of a stored story, to know it again under other keys."""

    story_id: str
    content_hash: str
    keys: Keys
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """That a story of a feed bears a signature of an event."""

    signature: str
    event: str
    feed_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One topic's verdict on a story.

    ``probability`` is calibrated, 0 to 1. ``words`` are the words of the story that weighed most
    for it, each with its contribution in log-odds, largest first.
    """

    topic: str
    probability: float
    tagged: bool
    words: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedStory:
    """A story with the verdicts of all topics and the event that it reports.

    ``signatures`` are what other reports of the same event are recognised by; ``model`` is the
    version of the model that gave the verdicts.
    """

    story: Story
    tags: tuple[Tag, ...]
    event: str
    signatures: tuple[str, ...] = ()
    model: str = ""

    @property
    def topics(self) -> tuple[str, ...]:
        """The names of the topics that the story is tagged with, the surest first."""
        tagged = (tag for tag in self.tags if tag.tagged)
        return tuple(tag.topic for tag in sorted(tagged, key=lambda tag: -tag.probability))


# ── subscribers ──────────────────────────────────────────────────────────────────────────────


class ChatKind(StrEnum):
    """Where alerts can go; the limits of Telegram differ by it."""

    PRIVATE = "private"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat that talks to the bot. ``suspended`` says why nothing is sent to it, or is empty."""

    id: int
    kind: ChatKind
    suspended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordTopic:
    """A named query of one chat."""

    id: int
    chat_id: int
    name: str
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a chat, in one of its threads (0: none), wants to be alerted to: one of the two."""

    chat_id: int
    thread: int = 0
    topic: str | None = None
    keyword_topic: KeywordTopic | None = None


# ── alerts ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReason:
    """A story answers a subscription because the classifier tagged it."""

    topic: str
    probability: float
    words: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryReason:
    """A story answers a subscription because a keyword topic matched it."""

    name: str
    query: str
    terms: tuple[str, ...]
    sentence: str


Reason = TopicReason | QueryReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message owed to one chat about one event, with why it is owed.

    ``key`` is ``event:edition``; with chat and thread it is what makes a repeat impossible.
    """

    chat_id: int
    thread: int
    key: str
    story_id: str
    reasons: tuple[Reason, ...]


class AlertState(StrEnum):
    """Where an alert stands; the transitions are in ``bot.rules.delivery``."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedAlert:
    """An alert as it lies in the outbox, with all that its message is made of."""

    id: int
    alert: Alert
    tagged: TaggedStory
    source: Source
    chat: Chat
    state: AlertState
    attempts: int
    doubts: int
    created: datetime

    @property
    def repeat(self) -> bool:
        """Whether an earlier copy may have arrived, which the message then says."""
        return self.doubts > 0


# ── outcomes ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The message is in the chat; ``text`` is what was sent."""

    message_id: int
    text: str


class Scope(StrEnum):
    """What has to wait: one alert, everything to its chat, or everything that the bot sends."""

    ALERT = "alert"
    CHAT = "chat"
    BOT = "bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAt:
    """Surely not sent; ``scope`` is not to be tried again before ``when``."""

    when: datetime
    why: str
    scope: Scope = Scope.ALERT


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The chat cannot be written to; it is suspended. ``migrated_to`` is its new id if it moved."""

    why: str
    migrated_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Telegram will never accept this message."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can know whether the message arrived."""

    why: str


Outcome = Delivered | RetryAt | Unreachable | Rejected | Unknown


# ── what is asked for ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicQuality:
    """How well a topic is recognised on news that the model was not trained on.

    ``precision`` and ``recall`` are 0 to 1; ``support`` is how many stories of the topic were in
    the ``stories`` measured; ``measured_on`` is the date.
    """

    precision: float
    recall: float
    support: int
    stories: int
    measured_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of the classifier as people see it.

    A story is tagged when its probability reaches ``threshold``; both are 0 to 1.
    """

    name: str
    title: str
    meaning: str
    threshold: float
    quality: TopicQuality | None = None
