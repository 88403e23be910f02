"""The route of a story, whole.

    poll(feed)                                              one transaction per feed
        reading = reader.read(feed)                         feeds/
        stories = identity.stories(reading)                 rules/identity
        new     = those that the store does not know        storage/
        tagged  = tagger.tag(new), with their events        classifiers/, events/
        alerts  = subscriptions that a story answers        keywords/, rules/subscription
        store.record_reading(new, alerts, validators, next due)

    deliver(owed)                                           one transaction before, one after
        store.claim(owed)                                   "sending", durably
        outcome = sender.send(owed)                         telegram/
        store.settle(owed, delivery.judge(outcome))         rules/delivery

Nothing is decided here: each step asks a pure function or a collaborator. A crash at any point
loses nothing: before ``record_reading`` the feed is simply read again, after it the alerts wait
in the outbox, and an alert that was ``sending`` is sent once more, marked as a possible repeat.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import FeedError, QueryError
from bot.events import grouping
from bot.keywords.matcher import Matcher
from bot.keywords.query import parse
from bot.keywords.search import Searchable
from bot.models import (
    Alert,
    Feed,
    KeywordTopic,
    Outcome,
    OwedAlert,
    ParsedFeed,
    QueryReason,
    Reading,
    Source,
    Story,
    Tag,
    TaggedStory,
)
from bot.ports import Clock, FailureRecord, Reader, ReadingRecord, Sender, Store, Tagger
from bot.rules import delivery, identity, polling, subscription

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What came of one poll: the new stories and their alerts, or why there are none."""

    feed: Feed
    stories: Sequence[TaggedStory] = ()
    alerts: int = 0
    changed: bool = False
    error: FeedError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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
    _recording: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def poll(self, feed: Feed) -> Polled:
        """Read one feed and store what is new in it together with the alerts that it causes."""
        try:
            reading = await self.reader.read(feed)
        except FeedError as error:
            await self.store.record_failure(self._failure(feed, error))
            return Polled(feed=feed, error=error)
        return await self._record(feed, reading, self.clock.now())

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

    async def _record(self, feed: Feed, reading: Reading, now: datetime) -> Polled:
        stories = identity.stories(reading.parsed or ParsedFeed(), feed, now)
        known = await self.store.known_stories([story.id for story in stories])
        fresh = identity.sort(stories, known)
        verdicts = await self.tagger.tag(fresh.new) if fresh.new else []
        # One at a time: two feeds that bring the same story must not make two events of it.
        async with self._recording:
            tagged, told = await self._join_events(feed, stories, fresh.new, verdicts, now)
            entries = reading.parsed.entries if reading.parsed else None
            record = ReadingRecord(
                feed_id=feed.id,
                read_at=now,
                next_due=polling.next_reading(feed, entries, now, self.policy, self.luck()),
                validators=reading.validators,
                new=tagged,
                edited=fresh.edited,
                alerts=await self._alerts(feed, self._news(feed, tagged, told)),
            )
            stored = set(await self.store.record_reading(record))
        return Polled(
            feed=feed,
            stories=[each for each in tagged if each.story.id in stored],
            alerts=len(record.alerts),
            changed=reading.parsed is not None,
        )

    async def _join_events(
        self,
        feed: Feed,
        stories: Sequence[Story],
        fresh: Sequence[Story],
        verdicts: Sequence[tuple[Tag, ...]],
        now: datetime,
    ) -> tuple[list[TaggedStory], set[str]]:
        """Give the new stories with their events, and what of them the feed bore before."""
        reports = [grouping.Report(each.id, each.title, each.link) for each in stories]
        every = grouping.batch_signatures(reports, official=feed.source.official)
        signatures = {each.id: every[each.id] for each in fresh}
        wanted = {mark for marks in signatures.values() for mark in marks}
        since = now - grouping.WINDOW
        known = await self.store.events_of(wanted, since)
        told = await self.store.told_by(feed.id, known, since)
        events = grouping.assign(list(signatures.items()), known, told)
        tagged = [
            TaggedStory(
                story=story,
                tags=tags,
                event=events[story.id],
                signatures=signatures[story.id],
                model=self.tagger.model,
            )
            for story, tags in zip(fresh, verdicts, strict=True)
        ]
        return tagged, told

    def _news(
        self, feed: Feed, tagged: Sequence[TaggedStory], told: Collection[str]
    ) -> list[TaggedStory]:
        first = feed.first_read is None
        return [
            each
            for each in tagged
            if identity.is_news(each.story, first_reading=first, max_age=self.max_age)
            and not grouping.is_retold(each.signatures, told)
        ]

    async def _alerts(self, feed: Feed, news: Sequence[TaggedStory]) -> list[Alert]:
        subscriptions = await self.store.subscriptions() if news else []
        keyword_topics = [each.keyword_topic for each in subscriptions if each.keyword_topic]
        hits = _matching(keyword_topics)
        return [
            alert
            for each in news
            for alert in subscription.alerts_for(each, subscriptions, hits(each.story, feed.source))
        ]

    async def _settle(self, owed: OwedAlert, outcome: Outcome) -> None:
        now = self.clock.now()
        verdict = delivery.judge(
            outcome, doubts=owed.doubts, now=now, repeat_after=self.repeat_after
        )
        await self.store.settle(owed, verdict, now)

    def _failure(self, feed: Feed, error: FeedError) -> FailureRecord:
        now = self.clock.now()
        backoff = polling.after_failure(feed, error, now, self.policy)
        return FailureRecord(
            feed_id=feed.id,
            failed_at=now,
            next_due=backoff.next_due,
            why=str(error),
            paused=backoff.paused,
        )


def searchable(story: Story, source: Source) -> Searchable:
    """Give what keyword queries can find in a story."""
    return Searchable(
        title=story.title,
        summary=story.summary,
        body=story.body,
        source=source.name or source.url,
        lang=story.lang,
        country=source.country,
    )


def _matching(
    keyword_topics: Sequence[KeywordTopic],
) -> Callable[[Story, Source], dict[int, QueryReason]]:
    """Give the function that finds the keyword topics which a story matches, each with why."""
    matcher = Matcher[KeywordTopic]()
    for each in keyword_topics:
        try:
            matcher.add(each, parse(each.query))
        except QueryError as error:
            # Saved by a version that read queries otherwise: it must not stop everybody's alerts.
            log.warning("keyword topic %d is not understood any more: %s", each.id, error.reason)

    def hits(story: Story, source: Source) -> dict[int, QueryReason]:
        found = matcher.match(searchable(story, source))
        return {
            topic.id: QueryReason(
                name=topic.name, query=topic.query, terms=hit.terms, sentence=hit.sentence
            )
            for topic, hit in found.items()
        }

    return hits
