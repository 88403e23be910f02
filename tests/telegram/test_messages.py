"""How stories and alerts look in a chat."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.models import QueryReason, Reason, Source, Tag, TopicReason
from bot.telegram import messages, pages
from bot.telegram.messages import Message
from tests.botapi.html import parse_html, utf16_units
from tests.botapi.urls import checked_url
from tests.builders import NOW, owed, source, story, tag, tagged
from tests.telegram.shop import TOPICS

words = st.one_of(
    st.text(st.characters(codec=None, categories=None), max_size=60),
    st.sampled_from(["<b>", "&amp;", "]]>", "\u202eevil", "\ud83d", "a" * 9000, "🛸" * 5000, "\n"]),
    st.builds(lambda text: f"https://{text}", st.text(max_size=20)),
)
times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
weights = st.tuples(words, st.floats(-10, 10))
tags = st.builds(
    Tag,
    topic=words,
    probability=st.floats(0, 1),
    tagged=st.booleans(),
    words=st.lists(weights, max_size=12).map(tuple),
)
reasons: st.SearchStrategy[Reason] = st.one_of(
    st.builds(TopicReason, topic=words, probability=st.floats(0, 1),
              words=st.lists(weights, max_size=12).map(tuple)),
    st.builds(QueryReason, name=words, query=words, sentence=words,
              terms=st.lists(words, max_size=12).map(tuple)),
)  # fmt: skip


@st.composite
def alerts(draw: st.DrawFn) -> Any:
    """Make an alert out of anything that could ever lie in the outbox."""
    about = story(
        title=draw(words), summary=draw(words), link=draw(words),
        published=draw(st.none() | times), first_seen=draw(times),
    )  # fmt: skip
    whole = tagged(*draw(st.lists(tags, min_size=1, max_size=5)), id="1")
    whole = replace(whole, story=about, model=draw(words))
    origin = Source(url=draw(words), name=draw(words), country=draw(words), official=draw(
        st.booleans()))  # fmt: skip
    one = owed(tagged=whole, source=origin, doubts=draw(st.integers(0, 1)))
    why = tuple(draw(st.lists(reasons, max_size=12)))
    return replace(one, alert=replace(one.alert, reasons=why))


def check(message: Message) -> str:
    """Let the strict parser read a message; give what is shown."""
    shown, entities = parse_html(message.html)
    assert 0 < utf16_units(shown.strip()) <= 4096
    assert 0 < utf16_units(message.plain.strip()) <= 4096
    assert len(entities) <= 100
    message.html.encode()
    for button in (each for row in message.buttons for each in row):
        assert bool(button.url) != bool(button.data)
        assert len(button.data.encode()) <= 64
        assert not button.url or checked_url(button.url)
    return shown


@settings(max_examples=100)
@given(alerts())
def test_no_alert_whatever_is_refused(one: Any) -> None:
    """Any story, source and reason gives a message that the strict parser accepts whole."""
    check(messages.alert(one, TOPICS, NOW))
    check(messages.why(one, TOPICS, NOW))
    check(messages.latest([(one.tagged, one.source)] * 5, TOPICS, NOW))


@given(words, words, st.integers(-5, 20_000))
def test_no_wrong_query_makes_a_wrong_answer(query: str, reason: str, position: int) -> None:
    """What users write comes back as safely as what feeds write."""
    check(pages.wrong_query(QueryError(query=query, position=position, reason=reason)))


SEED = tagged(
    tag("drone_supply", 0.971, words=(("drone", 2.31), ("Iran", 1.72), ("supply", 0.9))),
    tag("sanctions", 0.882, words=(("sanctions", 2.9), ("imposed", 1.1))),
    tag("ukraine_aid", 0.934, words=(("$2.1 billion", 2.2), ("security package", 2.0))),
    tag("drone_war", 0.31, tagged=False),
    title="White House: Iran is helping Russia to build a drone factory",
    summary="The plant in Alabuga could be working early next year, the White House said. "
    "An advisory warns companies of Iran's procurement, and a package of $2.1 billion for "
    "Ukraine was announced the same day.",
    link="https://www.example.org/2023/06/09/drone-factory?ref=feed",
    published=NOW - timedelta(minutes=11),
)

EXPECTED = """\
White House: Iran is helping Russia to build a drone factory
The Example · US · example.org
published 08:49, first seen 09:00 UTC

Drone supply 97 % — drone, Iran, supply
Sanctions 88 % — sanctions, imposed
Ukraine aid 93 % — $2.1 billion, security package

The plant in Alabuga could be working early next year, the White House said. \
An advisory warns companies of Iran's procurement, and a package of $2.1 billion for \
Ukraine was announced the same day."""


def test_the_story_that_tocsin_was_made_for() -> None:
    """One message with all three topics and the words that drove each."""
    message = messages.alert(
        owed(tagged=SEED, source=source(name="The Example", country="US")), TOPICS, NOW
    )
    shown, entities = parse_html(message.html)
    assert shown == EXPECTED
    linked = [each for each in entities if each["type"] == "text_link"]
    assert [each["url"] for each in linked] == [SEED.story.link]
    assert [each.label for each in message.buttons[0]] == ["Why", "Open"]


def test_plain_text_holds_the_same_with_the_link_written_out() -> None:
    """What the terminal prints, and what is sent where marks are refused."""
    text = messages.plain(owed(tagged=SEED), TOPICS, NOW)
    assert f"({SEED.story.link})" in text
    assert not re.search(r"</?[a-z]+>", text)


def test_a_possible_repeat_says_so_first() -> None:
    """Whoever has read the first copy sees at once that this is the same."""
    assert check(messages.alert(owed(doubts=1), TOPICS, NOW)).startswith("↻ possibly a repeat\n")


def test_a_keyword_topic_shows_its_query_and_the_sentence_that_it_hit() -> None:
    """Name, terms, query and sentence stand together."""
    reason = QueryReason(
        name="engines", query="rotax OR limbach", terms=("Rotax",), sentence="A Rotax was found."
    )
    one = owed()
    one = replace(one, alert=replace(one.alert, reasons=(reason,)))
    shown = check(messages.alert(one, TOPICS, NOW))
    assert "🔎 engines — Rotax: rotax OR limbach\n“A Rotax was found.”" in shown


def test_times_of_other_days_bear_their_date() -> None:
    """What is not of today says of when it is."""
    assert messages.at(NOW, NOW) == "09:00"
    assert messages.at(NOW - timedelta(days=1), NOW) == "22 Nov 09:00"
    assert messages.at(NOW - timedelta(days=400), NOW) == "19 Oct 2025 09:00"


def test_nothing_is_ever_certain() -> None:
    """No probability is shown as 0 or 100 %."""
    assert [messages.percent(each) for each in (0.0, 0.004, 0.5, 0.999, 1.0)] == [
        "1 %", "1 %", "50 %", "99 %", "99 %",
    ]  # fmt: skip


def test_an_unlinked_untitled_story_still_makes_an_alert() -> None:
    """Where a feed gives nothing to show, the message says so and has no button to nowhere."""
    empty = replace(SEED, story=story(title="\u200b\u3164", link="javascript:x", summary=" "))
    message = messages.alert(owed(tagged=empty, source=source()), TOPICS, NOW)
    assert check(message).startswith("(untitled)\nexample.org")
    assert [each.label for each in message.buttons[0]] == ["Why"]


def test_the_menu_and_the_descriptions_fit_what_telegram_allows() -> None:
    """Short description 120, description 512, a command's 256 (Bot API)."""
    assert len(pages.ABOUT) <= 120
    assert len(pages.ABOUT_LONG) <= 512
    assert all(3 <= len(what) <= 256 for what in pages.COMMANDS.values())
    for page in (pages.start, pages.choose, pages.topics_page):
        check(page(TOPICS, frozenset({"sanctions"})))
        check(page((), frozenset()))
    check(pages.help_page(TOPICS))
