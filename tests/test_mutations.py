"""What publishers do to their feeds: the backlog must never ring, and what is new always must."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.feeds.parse import parse
from tests.builders import NOW, ago
from tests.feedserver.documents import RENDERERS, Item
from tests.route import HERE, Route

Change = Callable[[Sequence[Item]], list[Item]]

SITE = "https://news.example"
PAGE = 12
"""Items that the feed shows at a time; it has one more."""


def report(number: int, name: str = "Report", date: datetime | None = None) -> Item:
    """Make an item that every subscriber is alerted to, if it is news."""
    return Item(
        guid=f"http://news.example/?p={name}{number}",
        title=f"{name} {number} on drones that Iran ships",
        summary=f"What is known of shipment {name} {number}.",
        link=f"{SITE}/2026/11/{name.lower()}-{number}",
        date=date or ago(hours=number, minutes=13),
    )


ARCHIVE = [report(number) for number in range(PAGE + 1)]
BACKLOG = ARCHIVE[:PAGE]


def each(**change: Callable[[Item], object]) -> Change:
    """Change fields of every item."""
    return lambda items: [
        replace(item, **{name: new(item) for name, new in change.items()})  # type: ignore[arg-type]  # of many types
        for item in items
    ]


MUTATIONS: dict[str, Change] = {
    "guids from http to https": each(guid=lambda i: i.guid.replace("http:", "https:")),
    "links under another path": each(link=lambda i: i.link.replace("/2026/11/", "/world/")),
    "guids removed": each(guid=lambda _: ""),
    "all guids equal": each(guid=lambda _: "news"),
    "dates bumped": each(date=lambda i: (i.date or NOW) + timedelta(hours=30)),
    "titles edited": each(title=lambda i: f"{i.title}, Kyiv says"),
    "one vanished and an older one slid back": lambda _: [*ARCHIVE[:4], *ARCHIVE[5:]],
    "emptied, then restored": list,
    "guids and links anew": each(
        guid=lambda i: f"urn:{i.title}", link=lambda i: f"{SITE}/?x={i.title[:9]}"
    ),
    "guids, links and dates anew": each(
        guid=lambda i: f"urn:{i.title}",
        link=lambda i: f"{SITE}/?x={i.title[:9]}",
        date=lambda _: NOW,
    ),
}


class Site:
    """A publisher with one feed, in one format, rendered and parsed as it really is."""

    def __init__(self, route: Route, form: str) -> None:
        self.route = route
        self.form = form

    def put(self, items: Sequence[Item]) -> None:
        """Put these items into the feed, the first on top."""
        render, content_type = RENDERERS[self.form]
        now = self.route.clock.now()
        parsed = parse(render(items), url=HERE, content_type=content_type, max_entries=100, now=now)
        self.route.publisher.entries[HERE] = parsed.entries

    async def read(self) -> tuple[int, list[str]]:
        """Read the feed a quarter of an hour later: how many are new, and the alerts' titles."""
        self.route.wait(minutes=15)
        new = await self.route.poll()
        return new, [owed.tagged.story.title for owed in await self.route.deliver()]


@pytest.fixture(params=sorted(RENDERERS))
async def site(request: pytest.FixtureRequest, route: Route) -> Site:
    """Make a site whose feed was read with its whole backlog, long enough ago to be known."""
    made = Site(route, request.param)
    made.put(BACKLOG)
    [feed] = [feed for feed in await route.store.feeds() if feed.url == HERE]
    await route.pipeline.poll(replace(feed, first_read=None))
    assert await route.deliver() == []
    return made


@pytest.mark.parametrize("name", sorted(MUTATIONS))
async def test_a_mutated_feed_rings_for_what_is_new_alone(site: Site, name: str) -> None:
    """At once, at the next reading, and when the mutation is undone."""
    changed = MUTATIONS[name](BACKLOG)
    unseen = sum(item not in BACKLOG for item in changed if item in ARCHIVE)
    if name.startswith("emptied"):
        site.put([])
        assert await site.read() == (0, [])
    fresh, later = report(1, "Fresh", NOW + timedelta(minutes=10)), report(2, "Later", NOW)
    site.put([fresh, *changed])
    assert await site.read() == (1 + unseen, [fresh.title])
    assert await site.read() == (0, [])
    site.put([later, fresh, *changed])
    assert await site.read() == (1, [later.title])
    site.put([later, fresh, *BACKLOG])
    assert await site.read() == (0, [])
