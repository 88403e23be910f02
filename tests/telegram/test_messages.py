"""How stories and alerts look in a chat."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
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


# Told in our own words, with verdicts made up once for all: they do not change with the model.
SEED = tagged(
    tag("drone_supply", 0.971, words=(("drone plant", 2.31), ("Iran", 1.72), ("Alabuga", 0.9))),
    tag("sanctions", 0.942, words=(("advisory", 1.9), ("evade sanctions", 1.6))),
    tag("ukraine_aid", 0.958, words=(("$2.1 billion", 2.2), ("package for Ukraine", 2.0))),
    tag("drone_war", 0.31, tagged=False),
    title="White House says Iran is helping Russia build a drone plant",
    summary="The works in Alabuga, east of Moscow, could turn out attack drones from early next "
    "year, officials said on Friday, with satellite pictures. A State & Treasury advisory tells "
    "companies how Tehran's buyers evade sanctions, and the Pentagon added a $2.1 billion arms "
    "package for Ukraine.",
    link="https://www.example.org/2023/06/09/drone-plant?from=feed&lang=en",
    published=NOW - timedelta(minutes=11),
)
MADE_FOR = owed(tagged=SEED, source=source(name="The Example", country="US"))

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"


@pytest.mark.parametrize("kind", ["html", "txt"])
def test_the_story_that_tocsin_was_made_for_looks_like_this(kind: str) -> None:
    """The whole alert is as the file shows it, for a chat and for a terminal.

    After a wilful change of the layout, write the files anew with
    ``WRITE_GOLDEN=1 python -m pytest tests/telegram/test_messages.py`` and read the difference.
    """
    message = messages.alert(MADE_FOR, TOPICS, NOW)
    made = {"html": message.html, "txt": message.plain}[kind] + "\n"
    file = GOLDEN / f"alert.{kind}"
    if "WRITE_GOLDEN" in os.environ:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(made, "utf-8")
    assert made == file.read_text("utf-8")


def test_the_alert_links_to_its_story_and_has_two_buttons() -> None:
    """A tap on the title or on Open reads the story; a tap on Why explains the alert."""
    message = messages.alert(MADE_FOR, TOPICS, NOW)
    _, entities = parse_html(message.html)
    linked = [each for each in entities if each["type"] == "text_link"]
    assert [each["url"] for each in linked] == [SEED.story.link]
    assert [(each.label, each.url) for each in message.buttons[0]] == [
        ("Why", ""),
        ("Open", SEED.story.link),
    ]


def test_why_sets_each_probability_beside_its_threshold() -> None:
    """The reader sees how far each topic was from its decision, and what each word weighed."""
    one = replace(MADE_FOR, alert=replace(MADE_FOR.alert, reasons=MADE_FOR.alert.reasons[:1]))
    shown = check(messages.why(one, TOPICS, NOW))
    assert "Drone supply: probability 97 %, threshold 80 %\n+2.31  drone plant\n" in shown
    assert "for the topic (+) or against it (−)" in shown
    others = (
        "Sanctions: probability 94 %, threshold 85 %",
        "Ukraine aid: probability 96 %, threshold 70 %",
        "Drone war: probability 31 %",
    )
    assert "Other topics\n" + "\n".join(others) in shown


def test_looking_back_says_on_what() -> None:
    """The name that was asked for stands above the stories, and where there are none."""
    found = [(SEED, MADE_FOR.source)]
    shown = check(messages.latest(found, TOPICS, NOW, "drone supply"))
    assert shown.startswith("Latest stories: drone supply\n\nWhite House")
    assert "The Example · 08:49 UTC · Drone supply, Ukraine aid, Sanctions" in shown
    assert "No story yet on “engines”." in check(messages.latest([], TOPICS, NOW, "engines"))
    assert "No story yet." in check(messages.latest([], TOPICS, NOW))


def test_plain_text_holds_the_same_with_the_link_written_out() -> None:
    """What the terminal prints, and what is sent where marks are refused."""
    text = messages.plain(owed(tagged=SEED), TOPICS, NOW)
    assert f"({SEED.story.link})" in text
    assert not re.search(r"</?[a-z]+>", text)


def test_plain_text_is_cut_even_where_links_are_very_long() -> None:
    """Links written out count, too."""
    long = replace(SEED, story=story(link="https://example.org/" + "x" * 1900))
    check(messages.latest([(long, source())] * 5, TOPICS, NOW))


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


def test_a_sentence_that_is_the_title_is_not_said_twice() -> None:
    """It stands above in bold; the explanation, which is longer anyway, has it."""
    one = owed()
    reason = QueryReason(
        name="iran", query="iran", terms=("Iran",), sentence=one.tagged.story.title
    )
    one = replace(one, alert=replace(one.alert, reasons=(reason,)))
    assert "“" not in check(messages.alert(one, TOPICS, NOW))
    assert f"“{reason.sentence}”" in check(messages.why(one, TOPICS, NOW))


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


def test_a_story_that_a_search_found_is_signed_by_its_outlet() -> None:
    """Who wrote it counts, and not who found it."""
    found = replace(SEED, story=replace(SEED.story, outlet="The Daily Example"))
    search = source(name="Search: sanctions", country="US")
    message = messages.alert(owed(tagged=found, source=search), TOPICS, NOW)
    assert "The Daily Example · " in message.plain
    assert "Search" not in message.plain
    assert "Search: sanctions" in messages.why(owed(tagged=found, source=search), TOPICS, NOW).plain
