"""The demo's documents say in each format what the stories say."""

import io
import json
from calendar import timegm
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest

from bot.demo.documents import render
from bot.demo.stories import Outlet, SampleStory, script

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SCRIPT = script()
OUTLETS: dict[str, Outlet] = {outlet.format: outlet for outlet in SCRIPT.outlets}


def shown(outlet: Outlet) -> list[SampleStory]:
    """Give all stories of an outlet."""
    return SCRIPT.out(outlet, SCRIPT.length)


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_a_parser_finds_the_same_stories(kind: str) -> None:
    """Titles, links, summaries and dates come back as they were, in their order."""
    outlet = OUTLETS[kind]
    read = feedparser.parse(io.BytesIO(render(outlet, shown(outlet), START).body))
    assert not read.bozo
    assert read.version == {"rss": "rss20", "atom": "atom10"}[kind]
    assert read.feed.title == outlet.name
    told = [
        (
            entry.title,
            entry.summary,
            entry.link,
            datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
        )
        for entry in read.entries
    ]
    assert told == [
        (story.title, story.summary, f"{outlet.site}/{story.id}", story.published(START))
        for story in shown(outlet)
    ]


def test_json_feed_holds_the_same_stories() -> None:
    """The JSON Feed has the required fields, with each story's own language."""
    outlet = OUTLETS["json"]
    read = json.loads(render(outlet, shown(outlet), START).body)
    assert read["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["title"] for item in read["items"]] == [story.title for story in shown(outlet)]
    assert {"en", "uk", "de"} == {item["language"] for item in read["items"]}
    dates = [datetime.fromisoformat(item["date_published"]) for item in read["items"]]
    assert dates == [story.published(START) for story in shown(outlet)]


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_markup_in_a_story_stays_text(kind: str) -> None:
    """Characters that mean something in XML come through unharmed."""
    story = SampleStory(
        id="a", outlet="x", appears=0, age=1, title='<b> & "c" ]]>', summary="&amp; <", expect=()
    )
    body = render(OUTLETS[kind], [story], START).body
    texts = [element.text for element in ET.fromstring(body).iter()]  # noqa: S314 - ours
    assert story.title in texts
    assert story.summary in texts


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_the_same_stories_give_the_same_bytes(kind: str) -> None:
    """A document changes with its stories only; an empty one is still a document."""
    outlet = OUTLETS[kind]
    documents = [render(outlet, shown(outlet), START).body for _ in range(2)]
    assert documents[0] == documents[1]
    assert documents[0] != render(outlet, SCRIPT.out(outlet, timedelta()), START).body
    assert render(outlet, [], START).body
