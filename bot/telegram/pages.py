"""PURE: what the bot answers to commands, apart from stories (those are in ``messages``)."""

from collections.abc import Sequence
from typing import Final

from bot.errors import QueryError
from bot.models import KeywordTopic, Topic
from bot.subscriptions import Change, Unrecognised
from bot.telegram.buttons import topic_rows
from bot.telegram.markup import Text, bold, code, field, italic, join, say
from bot.telegram.messages import Message

COMMANDS: Final = {
    "topics": "the topics, and how well each is recognised",
    "subscribe": "follow topics: /subscribe drone_supply",
    "unsubscribe": "leave topics: /unsubscribe all",
    "newtopic": "a keyword topic: /newtopic engines: rotax OR “limbach engine”",
    "mytopics": "your keyword topics",
    "deltopic": "delete a keyword topic: /deltopic engines",
    "latest": "the last stories, of all topics or one",
    "why": "reply with it to an alert: what made it one",
    "help": "what this bot can do",
}
"""The commands in the menu, in its order, each with what it does."""

ABOUT: Final = (
    "Tocsin watches the news and rings when a story is about one of your topics, "
    "and says which words made it think so."
)
"""What the bot is, in a sentence that fits Telegram's short description (120 characters)…"""

ABOUT_LONG: Final = (
    f"{ABOUT}\n\nFollow a topic with one tap, or set keyword topics of your own. "
    "One story is one alert, with its source, its times and its why."
)
"""… and in a few, for the page that a newcomer sees before starting (512 characters)."""

ONLY_ADMINS: Final = "In a group only its admins can change what I follow."
STALE: Final = "This button is from an older version. Send /topics for a new one."
GONE: Final = "This topic is no longer on offer. Send /topics for those that are."
NO_ALERT: Final = "I no longer know what made this an alert."
TROUBLE: Final = "That did not work, and it is my fault. Please try again in a minute."
UNSURE: Final = "I cannot tell just now whether you are an admin here. Please try again."
_TAP: Final = "Tap a topic to follow it (✓), tap again to leave it."
_NO_TOPIC: Final = "There is no topic yet: the model is being built. Try again in a minute."
_NAME: Final = 60
_QUERY: Final = 300
_TOPICS_SHOWN: Final = 30
_NAMES_SHOWN: Final = 5


def start(topics: Sequence[Topic], followed: frozenset[str]) -> Message:
    """Welcome, with one-tap subscribing."""
    words = [
        bold("Tocsin rings when the news is about your topics."),
        say("Each alert says where it comes from and which words made it one."),
        say(_TAP if topics else _NO_TOPIC),
        say("What else I can do: /help"),
    ]
    return Message(text=join(words), buttons=topic_rows(topics, followed))


def choose(topics: Sequence[Topic], followed: frozenset[str]) -> Message:
    """Show what is followed, with a button for each topic."""
    return Message(text=say(_TAP if topics else _NO_TOPIC), buttons=topic_rows(topics, followed))


def help_page(topics: Sequence[Topic]) -> Message:
    """What the bot can do."""
    commands = [say(f"/{name} — {what}") for name, what in COMMANDS.items()]
    names = ", ".join(field(topic.name, _NAME) for topic in topics[:_TOPICS_SHOWN])
    return Message(text=join([say(ABOUT), join(commands), say(f"Topics: {names}")], "\n\n"))


def topics_page(topics: Sequence[Topic], followed: frozenset[str]) -> Message:
    """The topics, each with its meaning and its measured quality."""
    shown = [_topic(topic) for topic in topics[:_TOPICS_SHOWN]]
    words = join([bold("Topics"), *shown], "\n\n") if shown else say(_NO_TOPIC)
    return Message(text=words, buttons=topic_rows(topics, followed))


def followed_now(change: Change) -> Message:
    """Answer to /subscribe."""
    return _changed(change, done="Now following", already="Already followed")


def left_now(change: Change) -> Message:
    """Answer to /unsubscribe."""
    return _changed(change, done="No longer following", already="Was not followed")


def keyword_topic_saved(topic: KeywordTopic) -> Message:
    """Answer to /newtopic."""
    return Message(
        text=join(
            [
                say("Saved and followed: ") + bold(field(topic.name, _NAME)),
                code(field(topic.query, _QUERY)),
            ]
        )
    )


def keyword_topics(topics: Sequence[KeywordTopic]) -> Message:
    """Answer to /mytopics."""
    if not topics:
        return how_to_make_topic("You have no keyword topic yet.")
    lines = [bold(field(t.name, _NAME)) + say(": ") + code(field(t.query, _QUERY)) for t in topics]
    return Message(text=join([*lines, say("Delete one with /deltopic NAME.")]))


def keyword_topic_deleted(name: str, *, existed: bool) -> Message:
    """Answer to /deltopic NAME."""
    shown = field(name, _NAME)
    if existed:
        return note(f"Deleted: {shown}")
    return note(f"You have no keyword topic “{shown}”. Yours are under /mytopics.")


def how_to_make_topic(first: str) -> Message:
    """Say how a keyword topic is made."""
    example = code('/newtopic engines: rotax OR "limbach engine"')
    return Message(text=join([say(first), say("Make one like this:"), example]))


def wrong_query(error: QueryError) -> Message:
    """Say what is wrong with a query, and where."""
    query, at = error.query, min(max(error.position, 0), len(error.query))
    before, after = query[max(0, at - _NAME) : at], query[at : at + _NAME]
    return Message(
        text=join(
            [
                say(f"This query is not accepted: {field(error.reason, _QUERY)}"),
                code(f"{field(before, _NAME)}▸{field(after, _NAME)}"),
            ]
        )
    )


def how_to_ask_why() -> Message:
    """Say how /why is used."""
    return note("Reply with /why to an alert, and I explain what made it one.")


def introduction(topics: Sequence[Topic]) -> Message:
    """Say hello to a group that the bot was added to."""
    first = start(topics, frozenset())
    return Message(
        text=join([first.text, say(ONLY_ADMINS)]),
        buttons=first.buttons,
    )


def only_admins() -> Message:
    """Refuse somebody who may not change a group's settings."""
    return note(ONLY_ADMINS)


def note(words: str) -> Message:
    """A short answer of one sentence or two."""
    return Message(text=say(words))


def _changed(change: Change, *, done: str, already: str) -> Message:
    lines = [_named(done, change.changed), _named(already, change.unchanged)]
    lines += [_unrecognised(name) for name in change.unrecognised[:_NAMES_SHOWN]]
    return Message(text=join(lines))


def _named(label: str, topics: Sequence[Topic]) -> Text:
    names = ", ".join(field(topic.title, _NAME) for topic in topics[:_TOPICS_SHOWN])
    return bold(f"{label}: ") + say(names) if names else Text()


def _unrecognised(unknown: Unrecognised) -> Text:
    name = field(unknown.name, _NAME)
    if unknown.meant:
        return (
            say(f"There is no topic “{name}”. Did you mean ") + code(unknown.meant.name) + say("?")
        )
    return say(f"There is no topic “{name}”. The topics are under /topics.")


def _topic(topic: Topic) -> Text:
    head = bold(field(topic.title, _NAME)) + say("  ") + code(topic.name)
    return join([head, say(field(topic.meaning, _QUERY)), _quality(topic)])


def _quality(topic: Topic) -> Text:
    if topic.quality is None:
        return italic("Not measured yet.")
    q = topic.quality
    return italic(
        f"Right {q.precision:.0%} of the time, finds {q.recall:.0%} of its stories; measured on "
        f"{q.stories:,} stories, {q.support:,} of them of this topic, {q.measured_on}."
    )
