"""PURE: how stories and alerts look in a chat.

    ↻ possibly a repeat
    Title, linked
    Source · country · host of the link
    Published 14:02, first seen 14:05 UTC

    Drone supply 94 % — drones, Iran, ships
    🔎 engines — rotax: rotax AND NOT kart
    “The sentence that the query hit.”

    The summary, cut to fit.

Every text is valid HTML of at most 4096 UTF-16 units, whatever a feed wrote (see ``markup``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.models import (
    OwedAlert,
    QueryReason,
    Reason,
    Source,
    Story,
    Tag,
    TaggedStory,
    Topic,
    TopicReason,
)
from bot.telegram.buttons import Button, Rows, Verb, data
from bot.telegram.markup import (
    MESSAGE_LIMIT,
    Text,
    bold,
    code,
    cut,
    field,
    is_visible,
    italic,
    join,
    link,
    real_host,
    say,
    web_link,
)

TITLE: Final = 300
SUMMARY: Final = 700
"""Longest title and summary in UTF-16 units: what is read in five seconds, not the whole story."""

_LEGEND: Final = "The numbers say how much each word speaks for the topic (+) or against it (−)."
_NAME: Final = 60
_WORD: Final = 40
_QUERY: Final = 200
_SENTENCE: Final = 300
_WORDS: Final = 4
_REASONS: Final = 6
_WEIGHED_WORDS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text with the buttons under it."""

    text: Text
    buttons: Rows = ()

    @property
    def html(self) -> str:
        """The text as Telegram's HTML, never too long."""
        return self.text.cut().html

    @property
    def plain(self) -> str:
        """The text without marks, links written out, never too long."""
        return cut(self.text.plain, MESSAGE_LIMIT)


def alert(owed: OwedAlert, topics: Iterable[Topic], now: datetime) -> Message:
    """Make the message of an alert; ``now`` decides which times need their date."""
    story = owed.tagged.story
    head = [italic("↻ possibly a repeat") if owed.repeat else Text(), title(story)]
    head += [_origin(owed.source, story), _times(story, now)]
    parts = [join(head), _reasons(owed, titles(topics)), _summary(story)]
    return Message(text=join(parts, "\n\n"), buttons=_alert_buttons(owed))


def plain(owed: OwedAlert, topics: Iterable[Topic], now: datetime) -> str:
    """Make the same alert as plain text, for a terminal or where marks are refused."""
    return alert(owed, topics, now).plain


def why(owed: OwedAlert, topics: Iterable[Topic], now: datetime) -> Message:
    """Explain an alert in full: probabilities, words with their weights, model, feed, times."""
    known = {topic.name: topic for topic in topics}
    story, source = owed.tagged.story, owed.source
    parts = [join([bold("Why this alert"), title(story)])]
    parts += [_why_reason(reason, known) for reason in owed.alert.reasons[:_REASONS]]
    asked = {reason.topic for reason in owed.alert.reasons if isinstance(reason, TopicReason)}
    parts.append(italic(_LEGEND) if asked else Text())
    parts.append(_other_topics([tag for tag in owed.tagged.tags if tag.topic not in asked], known))
    outlet = f"{story.outlet}, by " if story.outlet else ""
    feed = field(f"{outlet}{source.name or source.url}", _QUERY)
    origin = [say("Feed: ") + say(feed), _times(story, now)]
    if owed.tagged.model:
        origin.append(say("Model: ") + code(field(owed.tagged.model, _NAME)))
    return Message(text=join([*parts, join(origin)], "\n\n"))


def latest(
    found: Sequence[tuple[TaggedStory, Source]],
    topics: Iterable[Topic],
    now: datetime,
    asked: str = "",
) -> Message:
    """List stories, newest first, each with its source, time and topics.

    ``asked`` is the name of the topic or keyword topic that they are of, as it was typed.
    """
    named = titles(topics)
    name = field(asked, _NAME)
    entries = [_entry(tagged, source, named, now) for tagged, source in found]
    if not entries:
        of = f" on “{name}”" if name else ""
        words = f"No story yet{of}. I read the feeds all the time; please try again later."
        return Message(text=say(words))
    head = bold(f"Latest stories: {name}" if name else "Latest stories")
    return Message(text=join([head, *entries], "\n\n"))


def titles(topics: Iterable[Topic]) -> dict[str, str]:
    """Map the names of topics to what people call them."""
    return {topic.name: field(topic.title, _NAME) for topic in topics}


def title(story: Story) -> Text:
    """A story's title, linked where its link leads to the web."""
    words = field(story.title, TITLE)
    return link(words if is_visible(words) else "(untitled)", story.link, tag="b")


def at(time: datetime, now: datetime) -> str:
    """Write a time of day in UTC, with its date where that is not today's."""
    if time.date() == now.date():
        return f"{time:%H:%M}"
    year = f" {time.year}" if time.year != now.year else ""
    return f"{time.day} {time:%b}{year} {time:%H:%M}"


def percent(probability: float) -> str:
    """Write a probability; never 0 or 100, for nothing here is certain."""
    return f"{min(99, max(1, round(probability * 100)))} %"


def _origin(source: Source, story: Story) -> Text:
    host = real_host(story.link)
    name = _outlet(story, source)
    # A search tells of outlets of many countries.
    country = "" if story.outlet else source.country
    parts = [name, field(country, _NAME), "official" if source.official else ""]
    parts.append(field(host, _NAME) if host != name else "")
    return say(" · ".join(filter(None, parts)))


def _outlet(story: Story, source: Source) -> str:
    return field(story.outlet or source.name, _NAME) or real_host(source.url)


def _times(story: Story, now: datetime) -> Text:
    seen = f"{at(story.first_seen, now)} UTC"
    if story.published is None:
        return say(f"First seen {seen}")
    return say(f"Published {at(story.published, now)}, first seen {seen}")


def _reasons(owed: OwedAlert, named: dict[str, str]) -> Text:
    reasons, shown = owed.alert.reasons, owed.tagged.story.title
    lines = [_reason(reason, named, shown) for reason in reasons[:_REASONS]]
    if len(reasons) > _REASONS:
        lines.append(say(f"and {len(reasons) - _REASONS} more"))
    return join(lines)


def _reason(reason: Reason, named: dict[str, str], shown: str = "") -> Text:
    """Write a reason in a line; a sentence that is ``shown`` above already is not repeated."""
    match reason:
        case TopicReason(topic=topic, probability=probability, words=words):
            driving = _listed(word for word, weight in words if weight > 0)
            return bold(_title_of(topic, named)) + say(
                f" {percent(probability)}" + (f" — {driving}" if driving else "")
            )
        case QueryReason(name=name, query=query, terms=terms, sentence=sentence):
            hits = _listed(terms)
            line = say("🔎 ") + bold(field(name, _NAME)) + say(f" — {hits}: " if hits else ": ")
            line += code(field(query, _QUERY))
            known = field(sentence, _SENTENCE) == field(shown, _SENTENCE)
            return join([line, Text() if known else _quoted(sentence)])


def _why_reason(reason: Reason, known: Mapping[str, Topic]) -> Text:
    match reason:
        case TopicReason(topic=topic, probability=probability, words=words):
            head = bold(_title_of(topic, titles(known.values())))
            head += say(f": probability {percent(probability)}{_threshold(topic, known)}")
            weighed = [_weighed(word, weight) for word, weight in words[:_WEIGHED_WORDS]]
            return join([head, join(weighed)])
        case QueryReason():
            return _reason(reason, {})


def _weighed(word: str, weight: float) -> Text:
    sign = "+" if weight >= 0 else "−"
    return code(f"{sign}{abs(weight):.2f}") + say(f"  {field(word, _WORD)}")


def _threshold(topic: str, known: Mapping[str, Topic]) -> str:
    return f", threshold {known[topic].threshold * 100:.3g} %" if topic in known else ""


def _other_topics(tags: Sequence[Tag], known: Mapping[str, Topic]) -> Text:
    named = titles(known.values())
    others = [
        f"{_title_of(tag.topic, named)}: probability {percent(tag.probability)}"
        + _threshold(tag.topic, known)
        for tag in tags[:_REASONS]
    ]
    return join([say("Other topics"), *map(say, others)]) if others else Text()


def _entry(tagged: TaggedStory, source: Source, named: dict[str, str], now: datetime) -> Text:
    story = tagged.story
    when = f"{at(story.published or story.first_seen, now)} UTC"
    told = ", ".join(_title_of(topic, named) for topic in tagged.topics[:_REASONS])
    about = [_outlet(story, source), when, told]
    return join([title(story), say(" · ".join(filter(None, about)))])


def _summary(story: Story) -> Text:
    words = field(story.summary, SUMMARY)
    return say(words) if is_visible(words) else Text()


def _quoted(sentence: str) -> Text:
    words = field(sentence, _SENTENCE)
    return italic(f"“{words}”") if words else Text()


def _listed(words: Iterable[str]) -> str:
    tidy = (field(word, _WORD) for word in words)
    return ", ".join(list(filter(None, tidy))[:_WORDS])


def _title_of(topic: str, named: dict[str, str]) -> str:
    return named.get(topic) or field(topic.replace("_", " ").capitalize(), _NAME)


def _alert_buttons(owed: OwedAlert) -> Rows:
    # With its id, so that also a copy of unknown fate can be asked.
    buttons = [Button(label="Why", data=data(Verb.WHY, str(owed.id)))]
    if url := web_link(owed.tagged.story.link):
        buttons.append(Button(label="Open", url=url))
    return (tuple(buttons),)
