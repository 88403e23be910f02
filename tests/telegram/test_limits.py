"""Telegram's limits, as kept by the sender."""

from collections import defaultdict
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.models import Chat, ChatKind
from bot.telegram.limits import FORGET_AFTER, Limits
from tests.builders import NOW

PRIVATE = Chat(id=1, kind=ChatKind.PRIVATE)
OTHER = Chat(id=2, kind=ChatKind.PRIVATE)
GROUP = Chat(id=-3, kind=ChatKind.SUPERGROUP)
CHANNEL = Chat(id=-4, kind=ChatKind.CHANNEL)
RATE = 5

second = timedelta(seconds=1)

steps = st.lists(
    st.tuples(
        st.sampled_from([PRIVATE, OTHER, GROUP, CHANNEL]),
        st.sampled_from([0.0, 0.01, 0.2, 0.7, 1.0, 3.0]),  # until the next attempt
        st.sampled_from([0.0, 0.02, 0.5, 2.5]),  # until Telegram counts it
        st.sampled_from([0.0, 0.1, 1.0]),  # and from then until its answer is here
    ),
    max_size=120,
)


def most_in_any_window(times: list[datetime], length: timedelta) -> int:
    """Count the fullest window of a length; a message at its very end is in the next."""
    times = sorted(times)
    return max(
        (sum(start <= time < start + length for time in times) for start in times), default=0
    )


@given(steps)
def test_no_window_is_ever_exceeded_whenever_telegram_counts(
    script: list[tuple[Chat, float, float, float]],
) -> None:
    """Whatever the order of sends and however late they arrive, no limit is passed."""
    limits, now = Limits(RATE), NOW
    counted: defaultdict[int, list[datetime]] = defaultdict(list)
    under_way: list[tuple[datetime, Chat]] = []
    for chat, pause, travel, back in script:
        now += timedelta(seconds=pause)
        for answered, whose in sorted(under_way, key=lambda each: each[0]):
            if answered <= now:
                limits.done(whose, answered)
                under_way.remove((answered, whose))
        if limits.take(chat, now):
            arrived = now + timedelta(seconds=travel)
            counted[chat.id].append(arrived)
            under_way.append((arrived + timedelta(seconds=back), chat))
    everything = [time for times in counted.values() for time in times]
    assert most_in_any_window(everything, second) <= RATE
    assert most_in_any_window(counted[1], second) <= 1
    assert most_in_any_window(counted[2], second) <= 1
    assert most_in_any_window(counted[-3], 60 * second) <= 20
    assert most_in_any_window(counted[-4], 60 * second) <= 20


def send(limits: Limits, chat: Chat, now: datetime) -> bool:
    """Send a message whose answer comes at once."""
    taken = limits.take(chat, now)
    if taken:
        limits.done(chat, now)
    return taken


def test_waiting_until_ready_is_enough() -> None:
    """``ready_at`` is true: then the message goes, and not much later than the limit asks."""
    limits, now = Limits(), NOW
    for _ in range(41):
        now = limits.ready_at(GROUP, now)
        assert send(limits, GROUP, now)
    assert now - NOW == timedelta(minutes=2)


def test_the_bots_own_rate_is_reached() -> None:
    """A thousand chats get their message at 28 a second, no slower."""
    limits, now = Limits(28), NOW
    for number in range(1000):
        chat = Chat(id=number + 10, kind=ChatKind.PRIVATE)
        now = limits.ready_at(chat, now)
        assert send(limits, chat, now)
    assert now - NOW == timedelta(seconds=1000 // 28)


def test_a_held_chat_delays_no_other() -> None:
    """10,000 seconds of one chat are nobody else's."""
    limits = Limits()
    limits.hold_chat(PRIVATE, NOW + timedelta(seconds=10_000))
    assert limits.ready_at(PRIVATE, NOW) == NOW + timedelta(seconds=10_000)
    assert limits.ready_at(OTHER, NOW) == NOW
    assert not limits.take(PRIVATE, NOW + timedelta(seconds=9_999))


def test_a_held_bot_sends_nothing_and_a_shorter_hold_does_not_shorten_it() -> None:
    """What Telegram asked for longest counts."""
    limits = Limits()
    limits.hold_bot(NOW + timedelta(seconds=30))
    limits.hold_bot(NOW + timedelta(seconds=3))
    assert limits.ready_at(OTHER, NOW) == NOW + timedelta(seconds=30)


def test_what_nothing_holds_back_is_forgotten() -> None:
    """A million chats in a life do not stay in memory."""
    limits = Limits(rate=1000)
    for number in range(20 * FORGET_AFTER):
        now = NOW + number * timedelta(milliseconds=10)
        assert send(limits, Chat(id=number, kind=ChatKind.PRIVATE), now)
    assert len(limits._chats) <= 2 * FORGET_AFTER


def test_a_clock_that_goes_back_stops_nobody() -> None:
    """After a correction of the clock by a day, chats wait no longer than ever."""
    limits = Limits()
    assert send(limits, PRIVATE, NOW)
    yesterday = NOW - timedelta(days=1)
    assert limits.ready_at(PRIVATE, yesterday) <= yesterday + second
    assert send(limits, PRIVATE, yesterday + second)
