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
    "topics": "what I watch for, and how often I am right",
    "subscribe": "follow a topic, or all",
    "unsubscribe": "leave a topic, or all",
    "newtopic": "be alerted to words of your choice",
    "mytopics": "your keyword topics",
    "deltopic": "delete a keyword topic",
    "latest": "the last stories, of all topics or of one",
    "why": "as a reply to an alert: why you got it",
    "sources": "the feeds behind a topic, and what has none",
    "help": "all that I can do",
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
ONLY_COMMANDS: Final = "I only understand commands. Try /topics, /latest or /help."
NAME_AND_QUERY: Final = "A keyword topic needs a name and a query, with a colon between them."
STALE: Final = "This button is from an older version. Send /topics for new ones."
GONE: Final = "This topic is no longer on offer. Send /topics for those that are."
NO_ALERT: Final = "I no longer know what made this an alert."
TROUBLE: Final = "That did not work, and it is my fault. Please try again in a minute."
UNSURE: Final = "I cannot tell just now whether you are an admin here. Please try again."
CLAIMED: Final = "You are now the admin of this bot."
ALREADY_ADMIN: Final = "You are the admin of this bot already. What I can do: /help"
NOT_CLAIMED: Final = "This link has been used already, or is no longer good."
IN_CHANNEL: Final = (
    "You let me into a channel, but I cannot ring in channels. "
    "I can here (/start), and in groups to which I am added."
)
_FORUM: Final = "To be alerted in one of your threads, send /subscribe there."
_TAP: Final = "Tap a topic to follow it (✓), tap it again to leave it."
_NO_TOPIC: Final = "There is no topic yet: the model is being built. Please try again in a minute."
_NO_NAME: Final = "Which topic? Their names are under /topics."
_RING: Final = "I ring as soon as a story comes in. The last ones: /latest"
_HELLO: Final = (
    "I read news feeds around the clock. When a story is about a topic that you follow, "
    "I send it here, with its source and the words that told me so."
)
_OWN_WORDS: Final = "Words of your own: /newtopic"
_NEWTOPIC: Final = 'engines: rotax OR "limbach engine"'
_QUERIES: Final = (
    'A query may hold words, "exact phrases", AND, OR, NOT, (brackets), engin* for any ending, '
    "drone NEAR/5 engine for words close together, and title: or source: before a word."
)
_MEASURES: Final = (
    "Precision: how many of 100 alerts are right. Recall: how many of 100 such stories I find."
)
_NAME: Final = 60
_QUERY: Final = 300
_UNDERSTOOD: Final = 500
_TOPICS_SHOWN: Final = 30
_NAMES_SHOWN: Final = 5
_FLASH: Final = 190  # an answer to a button holds 200 characters (Bot API, answerCallbackQuery)


def start(
    topics: Sequence[Topic], followed: frozenset[str], own: Sequence[KeywordTopic] = ()
) -> Message:
    """Welcome, with one-tap subscribing.

    What is followed is shown by the buttons, which change when they are tapped, and keyword
    topics, which have none, by name.
    """
    mine = f"Your keyword topics: {_listed(own)} (/mytopics)" if own else _OWN_WORDS
    words = [
        join([bold("Hello! I am Tocsin, an alarm bell for the news."), say(_HELLO)]),
        say(_TAP if topics else _NO_TOPIC),
        say(f"More about them: /topics\n{mine}\nAll that I can do: /help"),
    ]
    return Message(text=join(words, "\n\n"), buttons=topic_rows(topics, followed))


def choose(topics: Sequence[Topic], followed: frozenset[str]) -> Message:
    """Show what is followed, with a button for each topic."""
    return Message(text=say(_TAP if topics else _NO_TOPIC), buttons=topic_rows(topics, followed))


def help_page(topics: Sequence[Topic]) -> Message:
    """What the bot can do."""
    names = [field(topic.name, _NAME) for topic in topics[:_TOPICS_SHOWN]]
    one = names[0] if names else "NAME"
    parts = [
        say("I am Tocsin: I send you news stories as they come in. Choose which."),
        join(
            [
                bold("Topics that I recognise") + say(f": {', '.join(names)}" if names else ""),
                _usage("topics"),
                _usage("subscribe", one),
                _usage("unsubscribe", one),
            ]
        ),
        join(
            [
                bold("Keyword topics") + say(": words that you choose"),
                _usage("newtopic", _NEWTOPIC),
                _usage("mytopics"),
                _usage("deltopic", "engines"),
            ]
        ),
        join([bold("Stories"), _usage("latest", one), _usage("why"), _usage("sources", one)]),
    ]
    return Message(text=join(parts, "\n\n"))


def topics_page(topics: Sequence[Topic], followed: frozenset[str]) -> Message:
    """The topics, each with its meaning and its measured quality."""
    shown = [_topic(topic) for topic in topics[:_TOPICS_SHOWN]]
    measures = italic(_MEASURES) if any(topic.quality for topic in topics) else Text()
    parts = [bold("Topics that I recognise"), *shown, measures, say(_TAP)]
    words = join(parts, "\n\n") if shown else say(_NO_TOPIC)
    return Message(text=words, buttons=topic_rows(topics, followed))


def followed_now(change: Change) -> Message:
    """Answer to /subscribe."""
    next_step = say(_RING) if change.changed else Text()
    return _changed(change, done="Now following", already="Already followed", then=next_step)


def left_now(change: Change) -> Message:
    """Answer to /unsubscribe."""
    return _changed(change, done="No longer following", already="Was not followed", then=Text())


def left_all(change: Change, own: Sequence[KeywordTopic]) -> Message:
    """Answer to /unsubscribe all; ``own`` are the keyword topics, which it leaves."""
    left = _named("No longer following", change.changed) or say("No topic was followed.")
    still = say(f"Your keyword topics still ring: {_listed(own)} (/mytopics)") if own else Text()
    return Message(text=join([left, still]))


def tapped(topics: Sequence[Topic], *, follows: bool) -> str:
    """What flashes up when a button made a chat follow, or leave, topics."""
    names = ", ".join(field(topic.title, _NAME) for topic in topics)
    return field(f"{'Now following' if follows else 'No longer following'}: {names}", _FLASH)


def keyword_topic_saved(topic: KeywordTopic, understood: str) -> Message:
    """Answer to /newtopic: read back, so that its owner sees what was understood."""
    name = field(topic.name, _NAME)
    return Message(
        text=join(
            [
                say("Saved and followed: ") + bold(name),
                code(field(topic.query, _QUERY)),
                say(field(f"I look for {understood[:1].lower()}{understood[1:]}", _UNDERSTOOD)),
                say("I ring when a new story matches. Look back: ") + code(f"/latest {name}"),
            ]
        )
    )


def keyword_topics(topics: Sequence[KeywordTopic]) -> Message:
    """Answer to /mytopics."""
    if not topics:
        return how_to_make_topic("There is no keyword topic here yet.")
    lines = [bold(field(t.name, _NAME)) + say(": ") + code(field(t.query, _QUERY)) for t in topics]
    # First, since a very long list is cut at its end.
    head = say(f"Keyword topics of this chat: {len(topics)}. Delete one with ")
    return Message(text=join([head + code("/deltopic NAME"), join(lines)], "\n\n"))


def keyword_topic_deleted(name: str, *, existed: bool) -> Message:
    """Answer to /deltopic NAME."""
    shown = field(name, _NAME)
    if existed:
        return note(f"Deleted: {shown}")
    return note(f"There is no keyword topic “{shown}” here. Those that are: /mytopics")


def how_to_make_topic(first: str) -> Message:
    """Say how a keyword topic is made."""
    example = say("Make one like this: ") + code(f"/newtopic {_NEWTOPIC}")
    return Message(text=join([say(first), example, say(_QUERIES)]))


def wrong_query(error: QueryError) -> Message:
    """Say what is wrong with a query, and where."""
    query, at = error.query, min(max(error.position, 0), len(error.query))
    before, after = query[max(0, at - _NAME) : at], query[at : at + _NAME]
    return Message(
        text=join(
            [
                say(f"I cannot take this query: {field(error.reason, _QUERY)}."),
                code(f"{field(before, _NAME)}▸{field(after, _NAME)}"),
                say("The ▸ shows where. Please correct it and send it again."),
            ]
        )
    )


def how_to_ask_why() -> Message:
    """Say how /why is used."""
    return note("Reply with /why to an alert, and I explain why you got it.")


def introduction(first: Message, *, forum: bool) -> Message:
    """Say hello to a group that the bot was added to; ``first`` is its welcome."""
    words = join([say(ONLY_ADMINS), say(_FORUM) if forum else Text()])
    return Message(text=join([first.text, words], "\n\n"), buttons=first.buttons)


def claimed(first: Message) -> Message:
    """Welcome the admin; ``first`` is what anybody is welcomed with."""
    return Message(text=join([say(CLAIMED), first.text], "\n\n"), buttons=first.buttons)


def unknown_command(name: str, meant: str) -> Message:
    """Answer to a command that is none; ``meant`` is the nearest that is one, or nothing."""
    hint = f" Did you mean /{meant}?" if meant else ""
    return note(f"I do not know /{field(name, _NAME)}.{hint} All that I can do: /help")


def closed(user_id: int) -> str:
    """Refuse somebody who may not use a private bot; the id is what its operator needs."""
    return (
        "This bot is private; please ask its operator to let you in "
        f"(your Telegram id is {user_id})."
    )


def note(words: str) -> Message:
    """A short answer of one sentence or two."""
    return Message(text=say(words))


def _usage(name: str, example: str = "") -> Text:
    # No code: a tap on a command sends it, and each shows more without its arguments.
    return say(f"/{name} {example}".rstrip() + f" — {COMMANDS[name]}")


def _changed(change: Change, *, done: str, already: str, then: Text) -> Message:
    lines = [_named(done, change.changed), _named(already, change.unchanged)]
    lines += _unrecognised(change.unrecognised)
    return Message(text=join([*lines, then]) or say(_NO_NAME))


def _named(label: str, topics: Sequence[Topic]) -> Text:
    names = ", ".join(field(topic.title, _NAME) for topic in topics[:_TOPICS_SHOWN])
    return bold(f"{label}: ") + say(names) if names else Text()


def _listed(own: Sequence[KeywordTopic]) -> str:
    names = ", ".join(field(topic.name, _NAME) for topic in own[:_NAMES_SHOWN])
    return names + (f" and {len(own) - _NAMES_SHOWN} more" if len(own) > _NAMES_SHOWN else "")


def _unrecognised(names: Sequence[Unrecognised]) -> list[Text]:
    lines = [_no_such_topic(name) for name in names[:_NAMES_SHOWN]]
    if len(names) > _NAMES_SHOWN:
        lines.append(say(f"I do not know {len(names) - _NAMES_SHOWN} more of these names either."))
    if any(name.meant is None for name in names):
        lines.append(say("All topics: /topics"))
    return lines


def _no_such_topic(unknown: Unrecognised) -> Text:
    words = say(f"There is no topic “{field(unknown.name, _NAME)}”.")
    if unknown.meant:
        words += say(" Did you mean ") + code(unknown.meant.name) + say("?")
    return words


def _topic(topic: Topic) -> Text:
    head = bold(field(topic.title, _NAME)) + say("  ") + code(topic.name)
    return join([head, say(field(topic.meaning, _QUERY)), _quality(topic)])


def _quality(topic: Topic) -> Text:
    if topic.quality is None:
        return italic("Not measured yet.")
    q = topic.quality
    return italic(
        f"Precision {round(100 * q.precision)} %, recall {round(100 * q.recall)} %, measured on "
        f"{q.stories:,} stories, {q.support:,} of this topic, {q.measured_on}."
    )
