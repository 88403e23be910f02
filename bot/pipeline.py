"""The route of a story, whole.

    poll(feed)                                              one transaction for it, or for several
        reading = reader.read(feed)                         feeds/
        stories = identity.stories(reading)                 rules/identity
        new     = those that the store does not know        storage/
        after   = the feed as the reading leaves it         rules/readings, rules/health
        tagged  = tagger.tag(new)                           classifiers/
        events  = which of them report the same             events/
        alerts  = subscriptions that a story answers        keywords/, rules/subscription
        store.record_readings(after, new, alerts)

    deliver(owed)                                           one transaction before, one after
        store.claim(owed)                                   "sending", durably
        outcome = sender.send(owed)                         telegram/
        store.settle(owed, delivery.judge(outcome))         rules/delivery

Nothing is decided here: each step asks a pure function or a collaborator. A crash at any point
loses nothing: before ``record_readings`` the feed is simply read again, after it the alerts wait
in the outbox, and an alert that was ``sending`` is sent once more, marked as a possible repeat.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Final

from bot.batches import Batches
from bot.errors import FeedDeferred, FeedError, FeedUnavailable
from bot.models import Feed, Outcome, OwedAlert, Reading, TaggedStory
from bot.ports import Clock, FailureRecord, Reader, Sender, Store, Tagger
from bot.recording import Recorded, Recorder, Reviewed
from bot.rules import delivery, health, identity, polling, readings

BATCH: Final = 250
"""New stories that are stored at one stroke, about; more would hold up everything else."""

_LIGHT: Final = 8
"""What a reading weighs in a batch beside its new stories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of one poll: the new stories and their alerts, or why there are none.

    ``flood`` tells that most of the document looked new, so that only what is dated after the
    feed's earlier stories counted as news.
    """

    feed: Feed
    stories: Sequence[TaggedStory] = ()
    alerts: int = 0
    changed: bool = False
    flood: bool = False
    error: FeedError | None = None


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The two verbs, with the collaborators that they call.

    ``max_age`` is how far back a publication date may lie for a story to be news; ``luck`` gives
    numbers from 0 to 1 that spread the readings of feeds.
    """

    store: Store
    reader: Reader
    tagger: Tagger
    sender: Sender
    clock: Clock
    policy: polling.PollingPolicy
    max_age: timedelta
    repeat_after: timedelta
    luck: Callable[[], float] = field(default=random.random)

    async def poll(self, feed: Feed) -> Polled:
        """Read one feed and store what is new in it together with the alerts that it causes."""
        try:
            reading = await self.reader.read(feed)
        except FeedDeferred as error:
            await self.store.postpone(feed.id, self.clock.now() + timedelta(seconds=error.seconds))
            return Polled(feed=feed, error=_bare(error))
        except FeedError as error:
            await self.store.record_failure(self._failure(feed, error))
            return Polled(feed=feed, error=_bare(error))
        reviewed = await self._reviewed(feed, reading)
        recorded = await self._recordings.put(reviewed)
        return Polled(
            feed=feed,
            stories=recorded.stories,
            alerts=recorded.alerts,
            changed=reading.parsed is not None,
            flood=reviewed.found.flood,
        )

    async def deliver(self, owed: OwedAlert) -> None:
        """Send one alert that is owed, and store what became of it."""
        if not await self.store.claim(owed.id, self.clock.now()):
            return
        outcome = await self.sender.send(owed)
        await self._settle(owed, outcome)

    async def recover(self, in_flight: Callable[[int], bool] = lambda _: False) -> int:
        """Settle the alerts that were left in the middle of their sending; tell how many.

        ``in_flight`` tells whether the alert of an id is being sent right now. It is asked last
        of all, since alerts are claimed and settled while we look.
        """
        left = 0
        for owed in await self.store.sending():
            if not in_flight(owed.id):
                await self._settle(owed, delivery.INTERRUPTED)
                left += 1
        return left

    @cached_property
    def _recordings(self) -> Batches[Reviewed, Recorded]:
        recorder = Recorder(self.store, self.max_age)
        return Batches(recorder.record, lambda each: _LIGHT + len(each.found.new), BATCH)

    async def _reviewed(self, feed: Feed, reading: Reading) -> Reviewed:
        """Look through a reading: what is new, of what topics, and how it leaves the feed."""
        now = self.clock.now()
        stories = identity.stories(reading.parsed, feed, now) if reading.parsed else []
        # What a first reading finds is new, or there from an earlier life of the feed.
        ask = stories and feed.first_read
        known = await self.store.acquaintances(feed.id, stories) if ask else []
        found = identity.sort(stories, known, feed)
        verdicts = await self.tagger.tag(found.new) if found.new else []
        after, change = health.noticed(readings.after_reading(feed, reading, found.new, now), now)
        due = polling.next_reading(after, reading.fresh_for, now, self.policy, self.luck())
        return Reviewed(
            feed=feed,
            after=replace(after, next_due=due),
            change=change,
            read_at=now,
            stories=stories,
            found=found,
            verdicts=verdicts,
            model=self.tagger.model,
        )

    async def _settle(self, owed: OwedAlert, outcome: Outcome) -> None:
        now = self.clock.now()
        verdict = delivery.judge(
            outcome, doubts=owed.doubts, now=now, repeat_after=self.repeat_after
        )
        await self.store.settle(owed, verdict, now)

    def _failure(self, feed: Feed, error: FeedError) -> FailureRecord:
        now = self.clock.now()
        after, change = health.noticed(readings.after_failure(feed, error, now, self.policy), now)
        resting = error.resting_host if isinstance(error, FeedUnavailable) else ""
        return FailureRecord(
            feed=after,
            change=change,
            resting_host=resting,
            resting_until=now + polling.host_rest(error) if resting else None,
        )


def _bare(error: FeedError) -> FeedError:
    """Give an error without the frames that it came through: they hold the whole document."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
