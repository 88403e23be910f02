"""What a subscriber can do: follow and leave topics, keep keyword topics, look back, become admin.

Nothing here knows how a chat is talked to. Names of topics are taken as people type them: case
does not matter, and blanks and hyphens stand for underscores.
"""

import asyncio
import difflib
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bot.errors import UsageError
from bot.models import (
    Chat,
    ChatKind,
    Feed,
    KeywordTopic,
    OwedAlert,
    Source,
    Story,
    TaggedStory,
    Topic,
)
from bot.ports import Clock, SubscriberStore
from bot.rules.sources import Behind, Gap, behind

ALL: Final = "all"
"""What stands for every topic in a command."""

NAME_LIMIT: Final = 40
"""The longest name of a keyword topic, in characters: one line on a phone."""

QUERY_LIMIT: Final = 1000
"""The longest query, in characters."""

KEYWORD_TOPICS_LIMIT: Final = 200
"""The most keyword topics that one chat may have."""

_LOOK_BACK: Final = 500
"""How many stories are looked through for the latest of a keyword topic."""

_LONGEST_TITLE: Final = 5
"""How many words typed apart are tried as one topic's name."""

_CODE_BYTES: Final = 24
"""Randomness of the admin's one-time code; as text it fits Telegram's 64 characters of payload."""

Found = list[tuple[TaggedStory, Source]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """A name that no topic has, with the topic that was probably meant."""

    name: str
    meant: Topic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What following or leaving topics did: ``unchanged`` were so before."""

    changed: tuple[Topic, ...] = ()
    unchanged: tuple[Topic, ...] = ()
    unrecognised: tuple[Unrecognised, ...] = ()


class Subscriptions:
    """The verbs of a subscriber, over a store.

    ``topics`` is read at each use, so that a new model's topics are offered at once. ``understand``
    tells a query as a plain sentence, or raises QueryError; ``matches`` makes of it the test
    whether a story of a source answers it. ``feeds`` gives the feeds that are read, and ``gaps`` is
    what has none. ``admins`` are those whom the settings name; unless the
    bot is ``open_to_all``, only admins may use it.
    """

    def __init__(  # noqa: PLR0913 - each is a collaborator that the wiring chooses
        self,
        store: SubscriberStore,
        topics: Sequence[Topic],
        clock: Clock,
        admins: frozenset[int],
        *,
        open_to_all: bool,
        understand: Callable[[str], str],
        matches: Callable[[str], Callable[[Story, Source], bool]],
        feeds: Callable[[], Awaitable[Sequence[Feed]]],
        gaps: Sequence[Gap] = (),
    ) -> None:
        """Keep the collaborators."""
        self._store = store
        self._topics = topics
        self._clock = clock
        self._admins = admins
        self._open_to_all = open_to_all
        self._understand = understand
        self._matches = matches
        self._feeds = feeds
        self._gaps = gaps

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics on offer, in their order."""
        return tuple(self._topics)

    # ── chats ────────────────────────────────────────────────────────────────────────────────

    async def greet(self, chat_id: int, kind: ChatKind) -> Chat:
        """Note that a chat speaks to us; one that was suspended is woken."""
        return await self._store.ensure_chat(chat_id, kind, self._clock.now())

    async def silence(self, chat_id: int, why: str) -> None:
        """Send nothing more to a chat until it speaks again."""
        await self._store.suspend_chat(chat_id, why)

    async def moved(self, old_id: int, new_id: int) -> None:
        """Let a chat keep what it has under its new id."""
        await self._store.migrate_chat(old_id, new_id)

    # ── topics ───────────────────────────────────────────────────────────────────────────────

    async def follow(self, chat_id: int, thread: int, names: str) -> Change:
        """Subscribe a chat to the topics named in a text; ``all`` is every topic."""
        topics, unrecognised = self._named(names)
        new = await self._store.follow(chat_id, thread, [topic.name for topic in topics])
        return _change(topics, new, unrecognised)

    async def unfollow(self, chat_id: int, thread: int, names: str) -> Change:
        """End the subscriptions to the topics named in a text; ``all`` is every topic.

        ``all`` also ends subscriptions to topics that are no longer on offer.
        """
        topics, unrecognised = self._named(names)
        wanted = {topic.name for topic in topics}
        if key(names) == ALL:
            wanted |= await self._store.followed(chat_id, thread)
        ended = await self._store.unfollow(chat_id, thread, wanted)
        return _change(topics, ended, unrecognised)

    async def followed(self, chat_id: int, thread: int) -> frozenset[str]:
        """Give the names of the topics that a chat follows in a thread."""
        return frozenset(await self._store.followed(chat_id, thread))

    # ── keyword topics ───────────────────────────────────────────────────────────────────────

    async def save_keyword_topic(
        self, chat_id: int, thread: int, name: str, query: str
    ) -> tuple[KeywordTopic, str]:
        """Create a keyword topic, or replace the chat's own of that name, and subscribe to it.

        Gives it with a plain sentence of what was understood.

        Raises QueryError for a wrong query and UsageError for a name that cannot be had.
        """
        name, query = " ".join(name.split()), query.strip()
        self._check_name(name)
        if len(query) > QUERY_LIMIT:
            raise UsageError(f"The query is longer than {QUERY_LIMIT:,} characters; shorten it.")
        understood = self._understand(query)
        await self._check_room(chat_id, name)
        topic = await self._store.save_keyword_topic(chat_id, thread, name, query)
        return topic, understood

    async def keyword_topics(self, chat_id: int) -> list[KeywordTopic]:
        """Give a chat's keyword topics by name."""
        return await self._store.keyword_topics(chat_id)

    async def delete_keyword_topic(self, chat_id: int, name: str) -> bool:
        """Delete a keyword topic by name, whatever its case; false where there is none."""
        return await self._store.delete_keyword_topic(chat_id, " ".join(name.split()))

    # ── looking back ─────────────────────────────────────────────────────────────────────────

    async def latest(self, chat_id: int, name: str, limit: int) -> Found:
        """Give the last stories of any topic (no name), of a topic, or of a keyword topic.

        Raises UsageError, with the name that was probably meant, where there is none such.
        """
        if not name.strip() or key(name) == ALL:
            return await self._store.latest(None, limit)
        if topic := self._lookup().get(key(name)):
            return await self._store.latest(topic.name, limit)
        return await self._latest_of_query(chat_id, name, limit)

    async def why(self, chat_id: int, message_id: int, alert_id: int = 0) -> OwedAlert | None:
        """Find the alert that a message was; None where it was none.

        ``alert_id`` is what the message itself says, 0 for nothing: it tells where we never
        heard, or have not stored yet, which message an alert became.
        """
        owed = await self._store.sent_alert(chat_id, message_id)
        return owed or (await self._store.alert(chat_id, alert_id) if alert_id else None)

    # ── sources ──────────────────────────────────────────────────────────────────────────────

    async def sources(self) -> list[Behind]:
        """Give what stands behind each topic."""
        feeds = await self._feeds()
        return [behind(topic, feeds, self._gaps) for topic in self._topics]

    async def sources_of(self, name: str) -> Behind:
        """Give what stands behind a topic.

        Raises UsageError, with the name that was probably meant, where there is none such.
        """
        topic = self._lookup().get(key(name))
        if topic is None:
            raise UsageError(_no_such(name, self._lookup(), {}))
        return behind(topic, await self._feeds(), self._gaps)

    # ── admins ───────────────────────────────────────────────────────────────────────────────

    async def may_use(self, user_id: int) -> bool:
        """Tell whether a user may use the bot: anybody where it is open, else its admins."""
        return self._open_to_all or await self.is_admin(user_id)

    async def is_admin(self, user_id: int) -> bool:
        """Tell whether a user may operate the bot."""
        return user_id in self._admins or user_id in await self._store.admins()

    async def offer_claim(self) -> str | None:
        """Make the one-time code for the first admin; None where there is an admin already.

        Only the code's hash is kept, and an earlier code is worth nothing from now on.
        """
        if self._admins or await self._store.admins():
            return None
        code = secrets.token_urlsafe(_CODE_BYTES)
        await self._store.offer_claim(_hash(code))
        return code

    async def claim(self, code: str, user_id: int) -> bool:
        """Make a user the admin, once; false where the code is not, or no longer, good."""
        return await self._store.take_claim(_hash(code), user_id, self._clock.now())

    # ── within ───────────────────────────────────────────────────────────────────────────────

    def _lookup(self) -> dict[str, Topic]:
        titles = {key(topic.title): topic for topic in self._topics}
        return titles | {key(topic.name): topic for topic in self._topics}

    def _named(self, text: str) -> tuple[list[Topic], list[Unrecognised]]:
        if key(text) == ALL:
            return list(self._topics), []
        lookup = self._lookup()
        topics: dict[str, Topic] = {}
        unrecognised: dict[str, Unrecognised] = {}
        words = re.split(r"[\s,;]+", text.strip())
        while words:
            topic, length = _longest(words, lookup)
            if topic:
                topics[topic.name] = topic
            elif (name := key(words[0])) and name not in unrecognised:
                unrecognised[name] = _unrecognised(words[0], lookup)
            words = words[length:]
        return list(topics.values()), list(unrecognised.values())

    async def _latest_of_query(self, chat_id: int, name: str, limit: int) -> Found:
        own = {key(topic.name): topic for topic in await self._store.keyword_topics(chat_id)}
        topic = own.get(key(name))
        if topic is None:
            raise UsageError(_no_such(name, self._lookup(), own))
        answers = self._matches(topic.query)
        recent = await self._store.recent(_LOOK_BACK)
        hits = (found for found in recent if answers(found[0].story, found[1]))
        # Apart, since hundreds of stories may have to be read for nothing.
        return await asyncio.to_thread(lambda: list(islice(_one_an_event(hits), limit)))

    def _check_name(self, name: str) -> None:
        if not name:
            raise UsageError("The keyword topic has no name: /newtopic NAME: QUERY")
        if len(name) > NAME_LIMIT:
            raise UsageError(f"The name is longer than {NAME_LIMIT} characters; shorten it.")
        if key(name) == ALL or key(name) in self._lookup():
            raise UsageError(f"“{name}” is one of my own topics; please choose another name.")

    async def _check_room(self, chat_id: int, name: str) -> None:
        names = {topic.name.casefold() for topic in await self._store.keyword_topics(chat_id)}
        if len(names | {name.casefold()}) > KEYWORD_TOPICS_LIMIT:
            raise UsageError(
                f"This chat has {KEYWORD_TOPICS_LIMIT} keyword topics, the most there may be. "
                "Delete one first: /mytopics"
            )


def _one_an_event(
    found: Iterable[tuple[TaggedStory, Source]],
) -> Iterator[tuple[TaggedStory, Source]]:
    """Give the first of each event."""
    seen: set[str] = set()
    for each in found:
        if each[0].event not in seen:
            seen.add(each[0].event)
            yield each


def key(name: str) -> str:
    """Reduce a name as typed to the form in which names are compared."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_-]+", "_", folded.strip())


def _longest(words: Sequence[str], lookup: dict[str, Topic]) -> tuple[Topic | None, int]:
    # "drone supply" typed apart is one name: the longest run of words that is a name wins.
    for length in range(min(len(words), _LONGEST_TITLE), 0, -1):
        if topic := lookup.get(key(" ".join(words[:length]))):
            return topic, length
    return None, 1


def _change(
    topics: Iterable[Topic], moved: set[str], unrecognised: Iterable[Unrecognised]
) -> Change:
    topics = tuple(topics)
    return Change(
        changed=tuple(topic for topic in topics if topic.name in moved),
        unchanged=tuple(topic for topic in topics if topic.name not in moved),
        unrecognised=tuple(unrecognised),
    )


def _unrecognised(name: str, lookup: dict[str, Topic]) -> Unrecognised:
    close = difflib.get_close_matches(key(name), lookup, n=1)
    return Unrecognised(name=name, meant=lookup[close[0]] if close else None)


def _no_such(name: str, topics: dict[str, Topic], own: dict[str, KeywordTopic]) -> str:
    names = {each: topic.name for each, topic in topics.items()}
    names |= {each: topic.name for each, topic in own.items()}
    close = difflib.get_close_matches(key(name), names, n=1)
    hint = f" Did you mean {names[close[0]]}?" if close else " See /topics and /mytopics."
    return f"There is no topic “{_short(name)}”.{hint}"


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= NAME_LIMIT else f"{line[: NAME_LIMIT - 1]}…"


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
