"""What readings brought, joined to events and matched, into the database at one stroke.

Readings are taken several at a time, because a transaction costs more than most of them. Within
such a batch each knows the events of those before it, so that two feeds which bring the same
story never make two events of it.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bot.errors import QueryError
from bot.events import grouping
from bot.keywords.matcher import Matcher
from bot.keywords.query import parse
from bot.keywords.search import Searchable
from bot.models import (
    Alert,
    Feed,
    FeedChange,
    KeywordTopic,
    QueryReason,
    Source,
    Story,
    Tag,
    TaggedStory,
)
from bot.ports import ReadingRecord, Store
from bot.rules import identity, subscription
from bot.rules.identity import Sorted

log = logging.getLogger(__name__)

Hits = Callable[[Story, Source], dict[int, QueryReason]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A reading that was looked through: the feed before and after it, and what is new.

    ``stories`` are all stories of its document, ``verdicts`` those of ``model`` on the new ones.
    """

    feed: Feed
    after: Feed
    change: FeedChange | None
    read_at: datetime
    stories: Sequence[Story] = ()
    found: Sorted = field(default_factory=Sorted)
    verdicts: Sequence[tuple[Tag, ...]] = ()
    model: str = ""

    @property
    def uneventful(self) -> bool:
        """Whether the feed is as it was, but for when it was read and is due."""
        before = self.feed
        return before == replace(self.after, last_read=before.last_read, next_due=before.next_due)


class _Joined(NamedTuple):
    """The new stories of a reading, and the signatures that their feed told before."""

    stories: list[TaggedStory]
    told: set[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was stored of a reading: its new stories, and the number of alerts they caused."""

    stories: Sequence[TaggedStory]
    alerts: int


class Recorder:
    """Stores readings. ``max_age`` is how far back a story may be dated to be news."""

    def __init__(self, store: Store, max_age: timedelta) -> None:
        self._store: Final = store
        self._max_age: Final = max_age
        self._standing: Final = StandingQueries()

    async def record(self, batch: Sequence[Reviewed]) -> list[Recorded]:
        """Store a batch of readings; give for each what came of it."""
        joined = await self._joined(batch)
        alerts = await self._alerts(batch, joined)
        records = [
            ReadingRecord(
                feed=each.after,
                read_at=each.read_at,
                uneventful=each.uneventful,
                new=one.stories,
                edited=each.found.edited,
                alerts=owed,
                change=each.change,
            )
            for each, one, owed in zip(batch, joined, alerts, strict=True)
        ]
        stored = await self._store.record_readings(records)
        return [_recorded(record, set(ids)) for record, ids in zip(records, stored, strict=True)]

    async def _joined(self, batch: Sequence[Reviewed]) -> list[_Joined]:
        """Give the new stories of each reading their events."""
        reports = [(each.feed.id, _signatures(each)) for each in batch]
        wanted = {mark for _, by_story in reports for marks in by_story.values() for mark in marks}
        since = min(each.read_at for each in batch) - grouping.WINDOW
        bearers = await self._store.bearers(wanted, since) if wanted else []
        events = grouping.join_all(reports, bearers)
        return [
            _Joined(list(_tagged(each, event_of, signatures)), told)
            for each, (_, signatures), (event_of, told) in zip(batch, reports, events, strict=True)
        ]

    async def _alerts(
        self, batch: Sequence[Reviewed], joined: Sequence[_Joined]
    ) -> list[list[Alert]]:
        news = [self._news(each, one) for each, one in zip(batch, joined, strict=True)]
        if not any(news):
            return [[] for _ in batch]
        subscriptions = await self._store.subscriptions()
        hits = self._standing.hits([s.keyword_topic for s in subscriptions if s.keyword_topic])
        return [
            [
                alert
                for tagged in tidings
                for alert in subscription.alerts_for(
                    tagged, subscriptions, hits(tagged.story, each.feed.source)
                )
            ]
            for each, tidings in zip(batch, news, strict=True)
        ]

    def _news(self, each: Reviewed, joined: _Joined) -> list[TaggedStory]:
        return [
            tagged
            for tagged in joined.stories
            if identity.is_news(tagged.story, each.feed, each.found.old, self._max_age)
            and not grouping.is_retold(tagged.signatures, joined.told)
        ]


class StandingQueries:
    """The keyword topics of all chats, ready to be matched; changed in place as they change."""

    def __init__(self) -> None:
        self._topics: frozenset[KeywordTopic] = frozenset()
        self._matcher = Matcher[KeywordTopic]()

    def hits(self, topics: Iterable[KeywordTopic]) -> Hits:
        """Give the function that finds which of ``topics`` a story matches, each with why."""
        before, self._topics = self._topics, frozenset(topics)
        for gone in before - self._topics:
            self._matcher.remove(gone)
        for each in sorted(self._topics - before, key=lambda topic: topic.id):
            self._add(each)
        return self._hits

    def _add(self, topic: KeywordTopic) -> None:
        try:
            self._matcher.add(topic, parse(topic.query))
        except QueryError as error:
            # Saved by a version that read queries otherwise: it must not stop everybody's alerts.
            log.warning("keyword topic %d is not understood any more: %s", topic.id, error.reason)

    def _hits(self, story: Story, source: Source) -> dict[int, QueryReason]:
        found = self._matcher.match(searchable(story, source))
        return {
            topic.id: QueryReason(
                name=topic.name, query=topic.query, terms=hit.terms, sentence=hit.sentence
            )
            for topic, hit in found.items()
        }


def searchable(story: Story, source: Source) -> Searchable:
    """Give what keyword queries can find in a story."""
    return Searchable(
        title=story.title,
        summary=story.summary,
        body=story.body,
        source=" ".join(filter(None, [story.outlet, source.name or source.url])),
        lang=story.lang,
        country=source.country,
    )


def _tagged(
    each: Reviewed, event_of: Mapping[str, str], signatures: Mapping[str, tuple[str, ...]]
) -> Iterator[TaggedStory]:
    for story, verdicts in zip(each.found.new, each.verdicts, strict=True):
        yield TaggedStory(
            story=story,
            tags=verdicts,
            event=event_of[story.id],
            signatures=signatures[story.id],
            model=each.model,
        )


def _signatures(each: Reviewed) -> dict[str, tuple[str, ...]]:
    """Give what the new stories of a reading are recognised by, judged beside all the others."""
    if not each.found.new:
        return {}
    reports = [grouping.Report(story.id, story.title, story.link) for story in each.stories]
    every = grouping.batch_signatures(reports, official=each.feed.source.official)
    return {story.id: every[story.id] for story in each.found.new}


def _recorded(record: ReadingRecord, stored: Collection[str]) -> Recorded:
    return Recorded(
        stories=[tagged for tagged in record.new if tagged.story.id in stored],
        alerts=sum(alert.story_id in stored for alert in record.alerts),
    )
