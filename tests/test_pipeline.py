"""The route of a story: what is stored, who is alerted, what becomes of the alert."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import recording
from bot.errors import FeedDeferred, FeedUnavailable, StorageError
from bot.keywords.query import parse
from bot.keywords.tree import Query
from bot.models import AlertState, OwedAlert, QueryReason, Rejected, Source, Unknown
from bot.ports import ReadingRecord
from bot.storage.store import SqlStore
from tests.builders import NOW, ago, entry
from tests.route import DRONES, HERE, THERE, Route


async def test_a_new_story_is_alerted_once_and_only_once(route: Route) -> None:
    """Read again, changed or not, it is old."""
    route.publisher.entries[HERE] = [DRONES]
    assert await route.poll() == 1
    assert [owed.alert.story_id for owed in await route.deliver()]
    route.publisher.entries[HERE] = [DRONES, entry("Weather", guid="2")]
    assert await route.poll() == 1
    assert await route.deliver() == []
    assert await route.counts() == {AlertState.SENT: 1}


async def test_a_story_without_the_topic_is_stored_and_not_alerted(route: Route) -> None:
    """Only what is followed rings."""
    route.publisher.entries[HERE] = [entry("Weather", guid="1")]
    assert await route.poll() == 1
    assert await route.deliver() == []


async def test_the_first_reading_of_a_feed_alerts_nobody(route: Route) -> None:
    """A backlog is no news, also when a feed is added while the service runs."""
    late = "https://late.example/feed"
    route.publisher.entries[late] = [DRONES]
    await route.store.add_source(Source(url=late), NOW)
    assert await route.poll(late) == 1
    assert await route.deliver() == []


async def test_a_backlog_whose_guids_all_change_alerts_nobody(route: Route) -> None:
    """The same links and headlines under new ids are no news; what stands beside them is."""
    late = "https://late.example/feed"
    backlog = [
        entry(
            f"Report {n} on drones that Iran sends", guid=f"http:{n}", link=f"https://l.example/{n}"
        )
        for n in range(3)
    ]
    route.publisher.entries[late] = backlog
    await route.store.add_source(Source(url=late), NOW)
    await route.poll(late)
    renamed = [replace(each, guid=f"https:{each.guid}") for each in backlog]
    route.publisher.entries[late] = [DRONES, *renamed]
    assert await route.poll(late) == 1
    assert [owed.tagged.story.title for owed in await route.deliver()] == [DRONES.title]


async def test_an_old_story_that_slides_back_into_a_feed_alerts_nobody(route: Route) -> None:
    """Dated more than two days back, it is stored only."""
    route.publisher.entries[HERE] = [entry("Iran shipped drones", guid="3", published=ago(days=3))]
    assert await route.poll() == 1
    assert await route.deliver() == []


async def test_one_story_from_two_feeds_is_one_alert(route: Route) -> None:
    """The second report joins the event of the first."""
    route.publisher.entries[HERE] = [DRONES]
    route.publisher.entries[THERE] = [entry(DRONES.title, guid="x", link="https://there.example/9")]
    assert await route.poll(HERE) == 1
    assert await route.poll(THERE) == 1
    assert len(await route.deliver()) == 1


async def test_an_edited_headline_updates_the_story_and_alerts_nobody_again(route: Route) -> None:
    """What waits is sent as it reads now."""
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    route.publisher.entries[HERE] = [
        entry("Iran ships more drones to Russia", guid="1", link=DRONES.link)
    ]
    assert await route.poll() == 0
    [owed] = await route.deliver()
    assert owed.tagged.story.title == "Iran ships more drones to Russia"


async def test_a_keyword_topic_alerts_with_its_words_where_no_topic_does(route: Route) -> None:
    """What people look for themselves needs no classifier."""
    await route.store.save_keyword_topic(7, 0, "Rain", "weather AND rain*")
    route.publisher.entries[HERE] = [entry("Weather: rainfall in Kyiv", guid="1")]
    await route.poll()
    [owed] = await route.deliver()
    assert [r.terms for r in owed.alert.reasons if isinstance(r, QueryReason)] == [
        ("Weather", "rainfall")
    ]


async def test_what_could_not_be_stored_is_found_again(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No validator moves on without its stories and alerts."""
    stored = SqlStore.record_readings

    async def fail(self: SqlStore, records: Sequence[ReadingRecord]) -> list[list[str]]:
        raise StorageError("the disk is full")

    route.publisher.entries[HERE] = [DRONES]
    monkeypatch.setattr(SqlStore, "record_readings", fail)
    with pytest.raises(StorageError):
        await route.poll()
    monkeypatch.setattr(SqlStore, "record_readings", stored)
    assert await route.poll() == 1
    assert len(await route.deliver()) == 1


async def test_a_feed_that_fails_waits_longer_each_time_and_recovers(route: Route) -> None:
    """The state of the feed says so, and one success clears it."""
    route.publisher.error = FeedUnavailable("the publisher is away")
    for _ in range(3):
        await route.poll()
    [failing, _] = await route.store.feeds()
    assert (failing.failures, failing.last_error) == (3, "the publisher is away")
    assert failing.next_due == NOW + timedelta(minutes=20)
    route.publisher.error = None
    route.publisher.entries[HERE] = [DRONES]
    assert await route.poll() == 1
    assert len(await route.deliver()) == 1
    [well, _] = await route.store.feeds()
    assert (well.failures, well.last_error) == (0, "")


async def test_one_story_that_two_feeds_bring_at_once_is_one_alert(route: Route) -> None:
    """Readings that are stored together know of each other's events."""
    route.publisher.entries[HERE] = [DRONES]
    route.publisher.entries[THERE] = [entry(DRONES.title, guid="x", link="https://there.example/9")]
    both = await asyncio.gather(route.poll(HERE), route.poll(THERE))
    assert sum(both) == 2
    assert len(await route.deliver()) == 1


async def test_a_reading_that_cannot_be_stored_costs_no_other_one_its_alerts(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were to be stored at one stroke."""
    stored = SqlStore.record_readings

    async def fail_there(self: SqlStore, records: Sequence[ReadingRecord]) -> list[list[str]]:
        if any(record.feed.url == THERE for record in records):
            raise StorageError("odd")
        return await stored(self, records)

    monkeypatch.setattr(SqlStore, "record_readings", fail_there)
    route.publisher.entries[HERE] = route.publisher.entries[THERE] = [DRONES]
    done = await asyncio.gather(route.poll(HERE), route.poll(THERE), return_exceptions=True)
    assert (done[0], type(done[1])) == (1, StorageError)
    assert len(await route.deliver()) == 1


async def test_a_feed_whose_host_rests_is_put_off_and_has_not_failed(route: Route) -> None:
    """It was not asked, so nothing is known of it."""
    route.publisher.error = FeedDeferred("its host rests", seconds=600)
    await route.poll()
    [feed] = [feed for feed in await route.store.feeds() if feed.url == HERE]
    assert (feed.next_due, feed.failures) == (NOW + timedelta(minutes=10), 0)


async def test_all_feeds_of_a_host_that_had_too_many_requests_wait(route: Route) -> None:
    """The publisher meant us, not one of its feeds; other hosts are not concerned."""
    sibling = "https://here.example/other"
    await route.store.add_source(Source(url=sibling), NOW)
    route.publisher.error = FeedUnavailable(
        "too many", status=429, retry_after=7200.0, resting_host="here.example"
    )
    await route.poll()
    due = {feed.url: feed.next_due for feed in await route.store.feeds()}
    assert due[HERE] == due[sibling] == NOW + timedelta(hours=2)
    assert (due[THERE] or NOW) - NOW < timedelta(hours=1)


async def test_that_a_feed_died_and_that_it_is_back_is_kept_to_be_told_once(route: Route) -> None:
    """What passes by itself is told to nobody."""
    route.publisher.error = FeedUnavailable("the publisher is away")
    await route.poll()
    assert await route.store.untold_changes(9) == []
    route.wait(hours=7)
    await route.poll()
    await route.poll()
    [died] = await route.store.untold_changes(9)
    assert (died.trouble, died.why) == ("failing", "the publisher is away")
    await route.store.mark_told([died.id])
    route.publisher.error = None
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    assert [change.trouble for change in await route.store.untold_changes(9)] == [""]


async def test_a_send_of_unknown_fate_is_repeated_once_marked_and_then_left(route: Route) -> None:
    """A third copy is worse than a missed story."""
    route.publisher.entries[HERE] = [DRONES]
    route.messenger.outcomes = [Unknown(why="reset"), Unknown(why="reset")]
    await route.poll()
    assert [owed.repeat for owed in await route.deliver()] == [False]
    assert await route.deliver() == []
    route.wait(seconds=10)
    assert [owed.repeat for owed in await route.deliver()] == [True]
    route.wait(hours=1)
    assert await route.deliver() == []
    assert await route.counts() == {AlertState.UNCERTAIN: 1}


async def test_an_alert_cut_off_while_being_sent_is_of_unknown_fate(route: Route) -> None:
    """What a crash left is repeated once, and says so."""
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    [owed] = await route.store.due_alerts(NOW, 10)
    assert await route.store.claim(owed.id, NOW)
    assert await route.pipeline.recover() == 1
    route.wait(seconds=10)
    assert [owed.repeat for owed in await route.deliver()] == [True]


async def test_an_alert_that_is_in_the_air_is_not_taken_for_a_left_one(route: Route) -> None:
    """A sweep must not make copies."""
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    [owed] = await route.store.due_alerts(NOW, 10)
    await route.store.claim(owed.id, NOW)
    assert await route.pipeline.recover(lambda alert_id: alert_id == owed.id) == 0


async def test_an_alert_that_is_claimed_while_a_sweep_looks_is_not_taken_for_a_left_one(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in the air counts at the time of the settling, not of the question."""
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    [owed] = await route.store.due_alerts(NOW, 10)
    flying: set[int] = set()
    look = SqlStore.sending

    async def claim_first(store: SqlStore) -> list[OwedAlert]:
        flying.add(owed.id)
        await store.claim(owed.id, NOW)
        return await look(store)

    monkeypatch.setattr(SqlStore, "sending", claim_first)
    assert await route.pipeline.recover(flying.__contains__) == 0
    assert await route.counts() == {AlertState.SENDING: 1}


async def test_a_claimed_alert_is_not_sent_by_a_second_hand(route: Route) -> None:
    """Only who claims sends."""
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    [owed] = await route.store.due_alerts(NOW, 10)
    await route.pipeline.deliver(owed)
    await route.pipeline.deliver(owed)
    assert len(route.messenger.sent) == 1


async def test_a_rejected_alert_is_kept_as_refused_and_not_tried_again(route: Route) -> None:
    """Nothing vanishes without a trace."""
    route.publisher.entries[HERE] = [DRONES]
    route.messenger.outcomes = [Rejected(why="too long")]
    await route.poll()
    await route.deliver()
    route.wait(days=1)
    assert await route.deliver() == []
    assert await route.counts() == {AlertState.REFUSED: 1}


async def test_a_query_that_is_not_understood_any_more_stops_nobody_elses_alerts(
    route: Route,
) -> None:
    """One old query must not cost all others their alerts."""
    await route.store.save_keyword_topic(7, 0, "Old", "AND (")
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    assert len(await route.deliver()) == 1


async def test_standing_queries_are_understood_once_and_not_at_each_reading(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be tens of thousands; only a change makes them be read again."""
    read: list[str] = []

    def noted(query: str) -> Query:
        read.append(query)
        return parse(query)

    monkeypatch.setattr(recording, "parse", noted)
    await route.store.save_keyword_topic(7, 0, "Rain", "rain*")
    for number in range(3):
        route.publisher.entries[HERE] = [entry(f"Weather {number}", guid=f"{number}")]
        await route.poll(HERE)
        await route.poll(THERE)
    assert read == ["rain*"]
    await route.store.save_keyword_topic(7, 0, "Rain", "rainfall")
    route.publisher.entries[HERE] = [entry("Weather: rainfall in Kyiv", guid="new")]
    await route.poll(HERE)
    assert read == ["rain*", "rainfall"]
    assert len(await route.deliver()) == 1


async def test_only_a_reading_that_changed_nothing_but_times_is_uneventful(
    route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that was taken for none would be lost."""
    stored = SqlStore.record_readings
    uneventful: list[bool] = []

    async def noted(self: SqlStore, records: Sequence[ReadingRecord]) -> list[list[str]]:
        uneventful.extend(record.uneventful for record in records)
        return await stored(self, records)

    monkeypatch.setattr(SqlStore, "record_readings", noted)
    route.publisher.entries[HERE] = [DRONES]
    await route.poll()
    await route.poll()
    route.publisher.error = FeedUnavailable("the publisher is away")
    await route.poll()
    route.publisher.error = None
    await route.poll()
    await route.poll()
    assert uneventful == [False, True, False, True]
