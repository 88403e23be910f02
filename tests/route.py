"""The route of a story over a real store, with a publisher and a messenger that do as told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.errors import FeedError
from bot.models import (
    AlertState,
    Chat,
    Delivered,
    Entry,
    Feed,
    Outcome,
    OwedAlert,
    ParsedFeed,
    Reading,
    Story,
    Tag,
    Topic,
    Validators,
)
from bot.pipeline import Pipeline
from bot.rules.polling import PollingPolicy
from bot.storage.store import SqlStore
from tests.builders import NOW, entry
from tests.fakes import FrozenClock

HERE, THERE = "https://here.example/feed", "https://there.example/feed"
DRONES = entry("Iran ships attack drones to Russia", guid="1", link="https://here.example/1")


class Publisher:
    """Gives the documents that it was handed, each under validators of its own."""

    def __init__(self) -> None:
        self.entries: dict[str, Sequence[Entry]] = {HERE: (), THERE: ()}
        self.error: FeedError | None = None

    async def read(self, feed: Feed) -> Reading:
        """Give the document, or nothing where the validators still fit."""
        if self.error is not None:
            raise self.error
        etag = str(hash(tuple(self.entries[feed.url])))
        if feed.validators.etag == etag:
            return Reading(validators=feed.validators, parsed=None)
        parsed = ParsedFeed(entries=tuple(self.entries[feed.url]))
        return Reading(validators=Validators(etag=etag), parsed=parsed)


class Tagger:
    """Tags every story that speaks of drones."""

    topics: Sequence[Topic] = ()
    model = "test"

    async def tag(self, stories: Sequence[Story]) -> list[tuple[Tag, ...]]:
        """Tag by one word."""
        return [self._tags(story) for story in stories]

    @staticmethod
    def _tags(story: Story) -> tuple[Tag, ...]:
        hit = "drones" in story.title
        return (Tag(topic="drone_supply", probability=0.9 if hit else 0.1, tagged=hit),)


class Messenger:
    """Sends nothing; answers with the outcomes it was told, then with Delivered."""

    def __init__(self) -> None:
        self.sent: list[OwedAlert] = []
        self.outcomes: list[Outcome] = []

    async def send(self, owed: OwedAlert) -> Outcome:
        """Note an alert."""
        self.sent.append(owed)
        return self.outcomes.pop(0) if self.outcomes else Delivered(message_id=9, text="x")

    def ready_at(self, chat: Chat, now: datetime) -> datetime:  # noqa: ARG002 - the port has it
        """Be ready."""
        return now

    def serves(self, chat: Chat) -> bool:  # noqa: ARG002 - the port has it
        """Serve everybody."""
        return True


class Route:
    """The pipeline with its collaborators, and the verbs of the tests."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = FrozenClock(NOW)
        self.publisher = Publisher()
        self.messenger = Messenger()
        self.pipeline = Pipeline(
            store=store,
            reader=self.publisher,
            tagger=Tagger(),
            sender=self.messenger,
            clock=self.clock,
            policy=PollingPolicy(
                shortest=timedelta(minutes=5),
                longest=timedelta(hours=6),
                unknown=timedelta(minutes=15),
            ),
            max_age=timedelta(hours=48),
            repeat_after=timedelta(seconds=10),
        )

    async def poll(self, url: str = HERE) -> int:
        """Poll one feed, and give how many stories were new."""
        [feed] = [feed for feed in await self.store.feeds() if feed.url == url]
        return len((await self.pipeline.poll(feed)).stories)

    async def deliver(self) -> list[OwedAlert]:
        """Deliver what is due, and give what was sent."""
        before = len(self.messenger.sent)
        for owed in await self.store.due_alerts(self.clock.now(), 100):
            await self.pipeline.deliver(owed)
        return self.messenger.sent[before:]

    async def counts(self) -> dict[AlertState, int]:
        """Count the alerts by state."""
        return await self.store.alert_counts()

    def wait(self, **how_long: float) -> None:
        """Let time pass."""
        self.clock.time += timedelta(**how_long)
