"""The classifier at work: the frozen model as the service knows it, found or built."""

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from bot.batches import Batches
from bot.errors import ModelMismatch, TocsinError
from bot.models import Story, Tag, Topic, TopicQuality
from bot.processes.pool import Processes
from classifiers import apart, artifact, topics
from classifiers.measured import Measured, measured
from classifiers.model import Model, Verdict
from config.settings import Settings

log = logging.getLogger(__name__)

BATCH: Final = 200
"""Stories that are tagged in one go: about a twentieth of a second."""

MANY: Final = 20
"""From so many stories on it pays to hand them to another process."""

TAGGING_LIMIT: Final = 30.0
"""Seconds that tagging them there may take; they take a tenth, and the model half of one."""

TAGGING_GROWTH: Final = 256 * 2**20
"""Bytes by which that process may grow: by numpy, the model, and the words that it remembers."""

Text = tuple[str, str, str]
"""Title, summary and language of a story."""

MODEL: Final = "model"
"""Where in the data directory the service keeps a model that it built itself."""


class Found(NamedTuple):
    """A model, and the folder that it was loaded from."""

    model: Model
    folder: Path


class ModelTagger:
    """The frozen model as ``bot.ports.Tagger``; ``use`` hands it over, at once or later.

    Where there are ``processes``, many stories at once are tagged in one of them: the service
    goes on with its other work meanwhile.
    """

    def __init__(self, found: Found | None = None, processes: Processes | None = None) -> None:
        self.topics = shown_topics()
        self._found = found
        self._processes = processes
        self._batches = Batches(self._tag_together, len, BATCH)

    @property
    def model(self) -> str:
        """The version of the model in use, or nothing where there is none yet."""
        return self._found.model.version if self._found else ""

    def use(self, found: Found) -> None:
        """Decide by this model from now on."""
        self._found = found

    async def tag(self, stories: Sequence[Story]) -> list[tuple[Tag, ...]]:
        """Tag stories beside the event loop, so that chats are answered meanwhile."""
        return await self._batches.put(stories)

    async def _tag_together(self, batch: Sequence[Sequence[Story]]) -> list[list[tuple[Tag, ...]]]:
        """Tag the stories of several readings in one go."""
        verdicts = await self._verdicts([_text(story) for stories in batch for story in stories])
        tags = map(tags_of, verdicts)
        return [list(islice(tags, len(stories))) for stories in batch]

    async def _verdicts(self, texts: Sequence[Text]) -> list[Verdict]:
        if self._found is None:
            raise ModelMismatch("there is no model yet")
        model, folder = self._found
        if self._processes is not None and len(texts) >= MANY:
            try:
                return await self._processes.run(apart.classify, folder, model.version, texts)
            except Exception as error:  # noqa: BLE001 - what ails a process must not ail the news
                log.warning("stories are tagged here, not apart: %r", error)
        return await asyncio.to_thread(model.classify_many, texts)


def _text(story: Story) -> Text:
    return story.title, story.summary, story.lang


def tags_of(verdict: Verdict) -> tuple[Tag, ...]:
    """Give the verdict of the model as tags, one for every topic."""
    return tuple(
        Tag(
            topic=topic,
            probability=probability,
            tagged=topic in verdict.tags,
            words=tuple(verdict.why.get(topic, ())),
        )
        for topic, probability in verdict.probabilities.items()
    )


def shown_topics() -> tuple[Topic, ...]:
    """Give the topics as people see them, with the quality that was measured."""
    figures = measured()
    return tuple(
        Topic(
            name=spec.name,
            title=spec.title,
            meaning=spec.meaning,
            threshold=spec.threshold,
            quality=_quality(figures, spec.name) if figures else None,
        )
        for spec in topics.shipped()
    )


def _quality(figures: Measured, topic: str) -> TopicQuality | None:
    of = figures.topics.get(topic)
    if of is None:
        return None
    return TopicQuality(
        precision=of.precision,
        recall=of.recall,
        support=of.support,
        stories=figures.stories,
        measured_on=figures.date,
    )


def find_model(settings: Settings) -> Found:
    """Load the model of the package, or the one that a service built in its data directory.

    One that was made from the present corpus by the present code goes before one that merely
    fits. Raises ModelMismatch with the remedy.
    """
    told: list[artifact.ModelError] = []
    for folder in sorted(_folders(settings), key=artifact.is_current, reverse=True):
        try:
            return Found(artifact.load(folder), folder)
        except artifact.ModelError as error:
            told.append(error)
    raise ModelMismatch(str(told[0])) from told[0]


async def provide_model(
    settings: Settings, tagger: ModelTagger, say: Callable[[str], None]
) -> None:
    """Give the tagger its model; where none is current, a process of its own builds one first."""
    if not any(artifact.is_current(folder) for folder in _folders(settings)):
        say(
            "There is no model made from this corpus by this program. Building one, which takes "
            "about half a minute; chats are answered meanwhile."
        )
        await _train_apart(settings.service.data_dir / MODEL)
        say("The model is built; feeds are read from now on.")
    tagger.use(find_model(settings))


def _folders(settings: Settings) -> tuple[Path, Path]:
    """Give the places where a model may lie, the package's first."""
    return artifact.PACKAGED, settings.service.data_dir / MODEL


async def _train_apart(folder: Path) -> None:
    """Train in a process of its own; raises TocsinError with what that process told last."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "train", "--out", str(folder)),
        cwd=Path(__file__).parents[1],  # where -m finds this very code, installed or not
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        [*_, last] = told.decode(errors="replace").splitlines() or [f"code {process.returncode}"]
        raise TocsinError(f"the model could not be built: {last.removeprefix('tocsin: ')}")
