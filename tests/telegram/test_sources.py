"""The feeds behind a topic, as a chat is told of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.sources import Behind, Gap, behind
from bot.telegram import sources
from bot.telegram.markup import MESSAGE_LIMIT, units
from tests.builders import NOW, feed, source
from tests.fakes import WallClock
from tests.telegram.shop import GAPS, TOPICS, Shop

SANCTIONS = TOPICS[1]


def many(count: int, *, gaps: int = 0) -> Behind:
    """Make a topic with many feeds and gaps, all with long names."""
    feeds = [
        feed(
            f"https://example.org/{number}",
            source=source(
                f"https://example.org/{number}", name=f"{number} {'n' * 90}", owner="o" * 90
            ),
        )
        for number in range(count)
    ]
    missing = [
        Gap(name=f"gap {n}", topics=(), why="w" * 400, instead="i" * 90) for n in range(gaps)
    ]
    return behind(SANCTIONS, feeds, missing)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """A shop that reads three feeds, one of them in trouble."""
    now = WallClock().now()
    office = source("https://a.example/", name="OFSI", country="GB", owner="state", official=True)
    press = source("https://b.example/", name="Example", owner="Example", topics=("sanctions",))
    nameless = source("https://www.c.example/feed", topics=("ukraine_aid",))
    shop.feeds += [
        feed(source=office, last_read=now, newest_story=now),
        feed(source=press, last_read=now, failures=2, last_error="503"),
        feed(source=nameless, last_read=now),
    ]
    return shop


async def test_without_a_topic_the_sources_are_counted_with_a_button_for_each(
    stocked: Shop,
) -> None:
    """One screen says how much is behind each topic, and where to see more."""
    ada = stocked.server.user(1001)
    page = await ada.ask("/sources")
    assert page.text == (
        "I read 3 feeds for these topics; in trouble: 1\n\n"
        "Drone supply: 1 feed, 1 official\n"
        "Sanctions: 2 feeds, 1 official, 1 without a feed; in trouble: 1\n"
        "Ukraine aid: 2 feeds, 1 official, 1 without a feed\n\n"
        "Which they are: /sources drone_supply"
    )
    assert page.buttons == ["Drone supply", "Sanctions", "Ukraine aid"]
    await ada.tap(page, "Sanctions")
    assert (await ada.next_message()).text.startswith("Sources of Sanctions: 2 feeds")


@pytest.mark.parametrize(
    "said", ["/sources sanctions", "/sources Sanctions 1", "/sources SANCTIONS 99"]
)
async def test_the_sources_of_a_topic_are_listed_with_owner_health_and_gaps(
    stocked: Shop, said: str
) -> None:
    """A reader sees who speaks, whether it can be heard just now, and what cannot be had."""
    page = await stocked.server.user(1001).ask(said)
    assert page.text == (
        "Sources of Sanctions: 2 feeds, 1 official, 1 without a feed\n"
        "OFSI · GB · state · official — healthy\n"
        "Example — failing\n"
        "Without a feed\n"
        "Reuters — It closed its feeds. Instead: Search: Reuters"
    )
    assert page.buttons == []


async def test_a_long_list_has_pages_behind_buttons_and_numbers(shop: Shop) -> None:
    """Nothing of it is cut off, and each page is one message."""
    shop.feeds += many(60).feeds
    ada = shop.server.user(1001)
    first = await ada.ask("/sources sanctions")
    assert "(page 1 of 3)" in first.text
    assert first.buttons == ["Page ›"]
    await ada.tap(first, "Page ›")
    second = await ada.next_message()
    assert "(page 2 of 3)" in second.text
    assert second.buttons == ["‹ Page", "Page ›"]
    last = await ada.ask("/sources sanctions 3")
    assert last.buttons == ["‹ Page"]
    listed = "\n".join(page.text for page in (first, second, last))
    assert [n for n in range(60) if f"\n{n} n" not in listed] == []


async def test_a_wrong_name_is_told_with_the_right_one(shop: Shop) -> None:
    """And a name that looks like a page is still a name."""
    ada = shop.server.user(1001)
    assert "Did you mean sanctions?" in (await ada.ask("/sources sanction")).text
    assert "no topic “7”" in (await ada.ask("/sources 7")).text
    huge = await ada.ask(f"/sources sanctions {'9' * 3000}")
    assert huge.text.startswith("Sources of Sanctions")


@pytest.mark.parametrize("what", ["of_long_ago:1", "", "1", "sanctions"])
async def test_a_button_of_long_ago_is_answered(shop: Shop, what: str) -> None:
    """A topic that is gone has no sources."""
    ada = shop.server.user(1001)
    page = await ada.ask("/sources")
    answer = await ada.tap_data(page, f"1:src:{what}")
    assert "no longer on offer" in answer.text


def test_while_the_model_is_built_there_is_no_topic_to_list() -> None:
    """The answer says so, and when to come back."""
    assert "being built" in sources.overview([], NOW).plain


@given(st.integers(0, 90), st.integers(0, 30), st.integers(-3, 40))
def test_no_page_is_too_long_for_a_message(feeds: int, gaps: int, number: int) -> None:
    """However many feeds there are, and whatever number is asked for."""
    page = sources.page(many(feeds, gaps=gaps), number, NOW)
    assert units(page.text.shown) <= MESSAGE_LIMIT


def test_the_gaps_of_the_shop_are_each_told_once_on_all_pages_together() -> None:
    """The heading stands above the first of them only."""
    whole = behind(SANCTIONS, many(30).feeds, GAPS)
    told = "".join(sources.page(whole, number, NOW).plain for number in range(1, 3))
    assert told.count("Without a feed") == 1
    assert told.count("It closed its feeds.") == 1
