"""The model at work in the service: here, or in a process of its own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import app
from bot.errors import ModelMismatch
from bot.models import Story
from bot.processes.pool import Processes
from bot.tagging import MANY, Found, ModelTagger, find_model
from config.settings import load
from tests.builders import story


@pytest.fixture(scope="module")
def found() -> Found:
    """The model of the package."""
    return find_model(load(environ={}))


@pytest.fixture
async def taggers() -> AsyncIterator[Processes]:
    """The process that many stories are tagged in."""
    async with app.taggers() as processes:
        yield processes


def stories(count: int) -> list[Story]:
    """Give stories with some drones and some weather."""
    titles = ("Iran ships attack drones to Russia", "Rain over Kyiv", "EU adds sanctions on Russia")
    return [story(f"{titles[n % 3]} {n}", id=f"{n}") for n in range(count)]


async def test_many_stories_are_tagged_apart_as_they_would_be_here(
    found: Found, taggers: Processes
) -> None:
    """Where a story is tagged changes nothing of its tags."""
    many = stories(MANY + 5)
    apart, here = ModelTagger(found, taggers), ModelTagger(found)
    assert await apart.tag(many) == await here.tag(many)
    assert await apart.tag(many[:2]) == await here.tag(many[:2])


async def test_readings_that_come_together_get_their_own_verdicts(
    found: Found, taggers: Processes
) -> None:
    """They are tagged in one go, and told apart again."""
    tagger, every = ModelTagger(found, taggers), stories(60)
    pieces = [every[start : start + 7] for start in range(0, 60, 7)]
    tags = await asyncio.gather(*map(tagger.tag, pieces))
    assert [each for piece in tags for each in piece] == await ModelTagger(found).tag(every)


async def test_a_process_that_cannot_tag_costs_no_story(
    found: Found, taggers: Processes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a model there, or without a process, the stories are tagged here."""
    here = await ModelTagger(found).tag(stories(MANY))
    moved = Found(found.model, tmp_path)
    assert await ModelTagger(moved, taggers).tag(stories(MANY)) == here
    await taggers.close()
    assert await ModelTagger(found, taggers).tag(stories(MANY)) == here
    assert caplog.text.count("tagged here, not apart") == 2


async def test_nothing_is_tagged_before_there_is_a_model(found: Found) -> None:
    """Whoever asks is told; once there is one, it is used."""
    tagger = ModelTagger()
    assert tagger.model == ""
    with pytest.raises(ModelMismatch):
        await tagger.tag(stories(1))
    tagger.use(found)
    assert len(await tagger.tag(stories(1))) == 1
