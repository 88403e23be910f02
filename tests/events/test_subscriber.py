"""What of an event reaches a subscriber, over the whole route of a story."""

import pytest

from bot.models import Entry, Source
from tests.route import HERE, THERE, Route

HEADLINE = "Russian attack drones over Kyiv region"


def entry(day: str, *, guid: str = "", title: str = HEADLINE, host: str = "here") -> Entry:
    """Make a report of one day, over the link of that day."""
    return Entry(title=title, guid=guid or day, link=f"https://{host}.example/{day}")


async def told(route: Route, url: str, *entries: Entry) -> int:
    """Read a feed that says ``entries``, and give how many alerts its news were."""
    route.publisher.entries[url] = entries
    await route.poll(url)
    alerts = len(await route.deliver())
    route.wait(hours=20)
    return alerts


async def test_other_outlets_with_one_headline_are_one_alert(route: Route) -> None:
    """The second report of a happening is no second alert."""
    assert await told(route, HERE, entry("monday")) == 1
    signed = entry("monday", title=f"{HEADLINE} - Reuters", host="there")
    assert await told(route, THERE, signed) == 0


async def test_a_headline_that_comes_again_is_news_again(route: Route) -> None:
    """A daily alarm alerts daily, also where another outlet carried that of the day before."""
    assert await told(route, HERE, entry("monday")) == 1
    assert await told(route, THERE, entry("monday", host="there")) == 0
    assert await told(route, HERE, entry("tuesday")) == 1
    assert await told(route, THERE, entry("tuesday", host="there")) == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_it_does_not_matter_whether_the_feed_keeps_its_old_reports(
    route: Route,
    kept: bool,
) -> None:
    """The old alarm still in the document or gone from it, the new one alerts."""
    assert await told(route, HERE, entry("monday")) == 1
    older = [entry("monday")] if kept else []
    assert await told(route, HERE, entry("tuesday"), *older) == 1


async def test_a_renamed_guid_is_no_news(route: Route) -> None:
    """The same page under a new guid, even with a new headline, alerts no second time."""
    assert await told(route, HERE, entry("monday", guid="1")) == 1
    assert await told(route, HERE, entry("monday", guid="2")) == 0
    assert await told(route, HERE, entry("monday", guid="3", title="More drones over Kyiv")) == 0


async def test_renamed_guids_of_a_feed_without_links_are_no_flood(route: Route) -> None:
    """Where there is no link to tell by, the headline still tells what was there before."""
    assert await told(route, HERE, Entry(title=HEADLINE, guid="1")) == 1
    assert await told(route, HERE, Entry(title=HEADLINE, guid="2")) == 0


async def test_an_official_report_always_alerts(route: Route) -> None:
    """Though outlets told it before in its own words, and it hides none of theirs."""
    official = Source(url=THERE, official=True)
    await route.store.sync_sources([Source(url=HERE), official], route.clock.now())
    assert await told(route, HERE, entry("monday")) == 1
    assert await told(route, THERE, entry("decision-1", host="there")) == 1
    assert await told(route, THERE, entry("decision-2", host="there")) == 1
    assert await told(route, THERE, entry("decision-2", guid="renamed", host="there")) == 0


async def test_an_official_heading_hides_no_report_of_others(route: Route) -> None:
    """What an office headed alike is not taken for what an outlet tells under those words."""
    official = Source(url=THERE, official=True)
    await route.store.sync_sources([Source(url=HERE), official], route.clock.now())
    assert await told(route, THERE, entry("decision-1", host="there")) == 1
    assert await told(route, HERE, entry("monday")) == 1
