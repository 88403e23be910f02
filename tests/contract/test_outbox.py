"""What a store promises about alerts: order in a chat, one sender each, no hold forgotten."""

import asyncio
from dataclasses import replace

import pytest

from bot.models import AlertState, ChatKind, Scope
from bot.ports import Store
from bot.rules.delivery import Verdict
from tests.contract.conftest import Open
from tests.contract.samples import (
    AGAIN,
    CHAT,
    HOUR,
    MINUTE,
    NOW,
    OTHER_CHAT,
    SENT,
    alert,
    claim_one,
    due,
    owe,
    reading,
    record,
    story,
    tagged,
)


async def due_stories(store: Store, minutes: int = 0) -> list[tuple[int, str]]:
    """Give chat and story of what is due some minutes from now."""
    owed = await due(store, NOW + minutes * MINUTE)
    return [(each.chat.id, each.alert.story_id) for each in owed]


async def two_in_a_chat(store: Store) -> None:
    """Owe two stories to one chat and the first of them to another."""
    await owe(store, alert("s1"), alert("s2"), alert("s1", chat_id=OTHER_CHAT))


# ── what is due ──────────────────────────────────────────────────────────────────────────────


async def test_each_chat_gives_its_oldest_alert(store: Store) -> None:
    """One alert a chat is due at a time, the oldest first."""
    await two_in_a_chat(store)
    assert await due_stories(store) == [(CHAT, "s1"), (OTHER_CHAT, "s1")]


async def test_threads_of_a_chat_share_its_turn(store: Store) -> None:
    """A chat with several threads is still one chat to the limits of Telegram."""
    await owe(store, alert("s1", thread=1), alert("s1", thread=2))
    assert [owed.alert.thread for owed in await due(store)] == [1]


async def test_a_chat_with_a_send_in_the_air_gives_none(store: Store) -> None:
    """The next alert of a chat waits for the fate of the one before it; other chats do not."""
    await two_in_a_chat(store)
    owed = await claim_one(store)
    assert await due_stories(store) == [(OTHER_CHAT, "s1")]
    await store.settle(owed, SENT, NOW)
    assert await due_stories(store) == [(CHAT, "s2"), (OTHER_CHAT, "s1")]


async def test_an_alert_that_waits_keeps_its_place(store: Store) -> None:
    """What must be tried again later holds the alerts behind it, so that order is kept."""
    await two_in_a_chat(store)
    await store.settle(await claim_one(store), AGAIN, NOW)
    assert await due_stories(store) == [(OTHER_CHAT, "s1")]
    assert await due_stories(store, minutes=1) == [(CHAT, "s1"), (OTHER_CHAT, "s1")]


async def test_a_suspended_chat_gives_none_until_it_wakes(store: Store) -> None:
    """Alerts of a chat that cannot be written to wait, and are due when it speaks again."""
    await two_in_a_chat(store)
    await store.suspend_chat(CHAT, "blocked")
    assert await due_stories(store) == [(OTHER_CHAT, "s1")]
    await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    assert await due_stories(store) == [(CHAT, "s1"), (OTHER_CHAT, "s1")]


async def test_the_next_due_time_is_that_of_the_first_in_line(store: Store) -> None:
    """It is None for an empty outbox, and follows the holds of alert and chat."""
    assert await store.next_alert_due() is None
    await owe(store, alert("s1"), alert("s2"))
    assert await store.next_alert_due() == NOW
    await store.settle(await claim_one(store), AGAIN, NOW)
    assert await store.next_alert_due() == NOW + MINUTE
    held = replace(AGAIN, hold=Scope.CHAT, not_before=NOW + HOUR)
    await store.settle(await claim_one(store, NOW + MINUTE), held, NOW)
    assert await store.next_alert_due() == NOW + HOUR
    await store.suspend_chat(CHAT, "blocked")
    assert await store.next_alert_due() is None


# ── claims ───────────────────────────────────────────────────────────────────────────────────


async def test_only_one_claims_an_alert(store: Store, open_another: Open) -> None:
    """Of many who want an alert at once, in two processes, exactly one gets it."""
    await owe(store, alert())
    [owed] = await due(store)
    other = await open_another()
    claims = [each.claim(owed.id, NOW) for each in (store, other) * 5]
    assert sum(await asyncio.gather(*claims)) == 1


async def test_a_claim_counts_and_outlives_a_crash(store: Store, open_another: Open) -> None:
    """A claimed alert is found as being sent by the next start, with its attempt counted."""
    await owe(store, alert())
    claimed = await claim_one(store)
    [found] = await (await open_another()).sending()
    assert found == replace(claimed, state=AlertState.SENDING, attempts=1)


@pytest.mark.parametrize("verdict", [SENT, Verdict(state=AlertState.REFUSED, why="bad")])
async def test_what_is_settled_is_not_claimed_again(store: Store, verdict: Verdict) -> None:
    """An alert that was sent or refused is neither due nor to be claimed."""
    await owe(store, alert())
    owed = await claim_one(store)
    await store.settle(owed, verdict, NOW)
    assert await due_stories(store, minutes=999) == []
    assert not await store.claim(owed.id, NOW)
    assert await store.sending() == []


async def test_an_alert_of_a_suspended_chat_is_not_claimed(store: Store) -> None:
    """A chat that went silent between the look and the claim is not written to."""
    await owe(store, alert())
    [owed] = await due(store)
    await store.suspend_chat(CHAT, "blocked")
    assert not await store.claim(owed.id, NOW)


async def test_an_alert_that_never_was_is_not_claimed(store: Store) -> None:
    """A claim of an unknown id is refused."""
    assert not await store.claim(123, NOW)


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────


async def test_a_sent_alert_is_found_by_its_message(store: Store) -> None:
    """An alert is found by chat and message for good, and by no other pair."""
    await owe(store, alert())
    owed = await claim_one(store)
    await store.settle(owed, SENT, NOW)
    found = await store.sent_alert(CHAT, 77)
    assert found == replace(owed, state=AlertState.SENT, attempts=1)
    assert await store.sent_alert(OTHER_CHAT, 77) is None
    assert await store.sent_alert(CHAT, 78) is None


async def test_an_alert_is_found_by_its_id_before_it_is_known_to_have_arrived(
    store: Store,
) -> None:
    """Only by its own chat, and also where its fate was never told."""
    await owe(store, alert())
    owed = await claim_one(store)
    found = await store.alert(CHAT, owed.id)
    assert found == replace(owed, state=AlertState.SENDING, attempts=1)
    assert await store.alert(OTHER_CHAT, owed.id) is None
    assert await store.alert(CHAT, owed.id + 1) is None
    assert await store.alert(CHAT, 10**18 - 1) is None


async def test_a_doubtful_alert_is_a_repeat(store: Store) -> None:
    """The doubt of an attempt whose fate nobody knows is kept until the next one."""
    await owe(store, alert())
    await store.settle(await claim_one(store), replace(AGAIN, doubts=1), NOW)
    [owed] = await due(store, NOW + MINUTE)
    assert (owed.doubts, owed.repeat, owed.attempts) == (1, True, 1)


async def test_a_verdict_strikes_only_what_is_being_sent(store: Store) -> None:
    """A second verdict on the same attempt changes nothing."""
    await owe(store, alert())
    owed = await claim_one(store)
    await store.settle(owed, SENT, NOW)
    await store.settle(owed, AGAIN, NOW)
    assert await due(store, NOW + HOUR) == []


async def test_a_chat_is_held(store: Store, open_another: Open) -> None:
    """A limit on one chat holds all of its alerts, no other's, and outlives a restart."""
    await two_in_a_chat(store)
    held = replace(AGAIN, hold=Scope.CHAT)
    await store.settle(await claim_one(store), held, NOW)
    again = await open_another()
    assert await due_stories(again) == [(OTHER_CHAT, "s1")]
    assert await due_stories(again, minutes=1) == [(CHAT, "s1"), (OTHER_CHAT, "s1")]


async def test_the_bot_is_held(store: Store, open_another: Open) -> None:
    """A limit on the bot holds every chat, outlives a restart, and ends at its time."""
    await two_in_a_chat(store)
    held = replace(AGAIN, hold=Scope.BOT)
    await store.settle(await claim_one(store), held, NOW)
    again = await open_another()
    assert await due_stories(again) == []
    assert await again.next_alert_due() == NOW + MINUTE
    assert len(await due_stories(again, minutes=1)) == 2


@pytest.mark.parametrize("scope", [Scope.CHAT, Scope.BOT])
async def test_a_shorter_hold_does_not_end_a_longer_one(store: Store, scope: Scope) -> None:
    """Of two holds the later end counts, whatever the order in which they come."""
    await owe(store, alert("s1"), alert("s2"))
    owed = await claim_one(store)
    for not_before in (NOW + HOUR, NOW + MINUTE):
        await store.settle(owed, replace(AGAIN, hold=scope, not_before=not_before), NOW)
    assert await due(store, NOW + HOUR - MINUTE) == []
    assert len(await due(store, NOW + HOUR)) == 1


async def test_a_refusal_by_the_chat_suspends_it(store: Store) -> None:
    """A chat that cannot be reached is suspended; its other alerts wait until it wakes."""
    await two_in_a_chat(store)
    refused = Verdict(state=AlertState.REFUSED, why="kicked", suspend="kicked")
    await store.settle(await claim_one(store), refused, NOW)
    assert await due_stories(store) == [(OTHER_CHAT, "s1")]
    woken = await store.ensure_chat(CHAT, ChatKind.GROUP, NOW)
    assert woken.suspended == ""
    assert await due_stories(store) == [(CHAT, "s2"), (OTHER_CHAT, "s1")]


async def test_a_chat_that_moved_gets_its_alerts_at_its_new_id(store: Store) -> None:
    """The alert that met the move, and those behind it, are due at the new id, in order."""
    await owe(store, alert("s1"), alert("s2"))
    moved = Verdict(state=AlertState.WAITING, not_before=NOW, moved_to=-2000)
    await store.settle(await claim_one(store), moved, NOW)
    assert await due_stories(store) == [(-2000, "s1")]
    await store.settle(await claim_one(store), SENT, NOW)
    assert await due_stories(store) == [(-2000, "s2")]


async def test_a_verdict_on_a_forgotten_chat_changes_nothing(store: Store) -> None:
    """A send that was in the air while its chat was forgotten brings nothing of it back."""
    await owe(store, alert())
    owed = await claim_one(store)
    await store.forget_chat(CHAT)
    held = replace(AGAIN, hold=Scope.CHAT, moved_to=-2000, suspend="gone")
    await store.settle(owed, held, NOW)
    await store.ensure_chat(OTHER_CHAT, ChatKind.GROUP, NOW)
    next_story = tagged(story("s2"))
    await record(store, reading([next_story], [alert("s2", chat_id=OTHER_CHAT)]))
    [later] = await due(store, NOW + HOUR)
    assert (later.chat.id, later.attempts) == (OTHER_CHAT, 0)
    assert later.id != owed.id
