"""The witness keeps Telegram's limits by a clock that the tests hold."""

import itertools

import pytest

from tests.botapi.errors import ApiError
from tests.botapi.limits import Limiter, Limits


def wait_asked(limiter: Limiter, kind: str, at: float) -> int:
    """Send one message; give the retry_after of the refusal, or 0."""
    try:
        limiter.arrive(at)
        limiter.accept(7, kind, at)
    except ApiError as error:
        return int(error.refusal.parameters["retry_after"])
    return 0


def test_private_chats_allow_a_short_burst_and_then_one_a_second() -> None:
    """Three at once pass, the fourth is refused, and one each second passes for ever."""
    limiter = Limiter(Limits())
    assert [wait_asked(limiter, "private", 0.0) for _ in range(4)] == [0, 0, 0, 1]
    steady = Limiter(Limits())
    assert not any(wait_asked(steady, "private", float(second)) for second in range(100))
    assert (len(limiter.violations), steady.violations) == (1, [])


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_groups_take_twenty_in_any_minute(kind: str) -> None:
    """The twenty-first within 60 sliding seconds is refused, and told how long to wait."""
    limiter = Limiter(Limits())
    assert not any(wait_asked(limiter, kind, float(second)) for second in range(20))
    assert wait_asked(limiter, kind, 30.0) == 30
    assert wait_asked(limiter, kind, 60.0) == 0
    assert wait_asked(limiter, kind, 60.1) == 1


def test_the_bot_may_send_thirty_a_second() -> None:
    """28 a second in even steps pass for ever; a burst of more than 30 does not."""
    limiter = Limiter(Limits(private_burst=10_000))
    assert not any(wait_asked(limiter, "private", step / 28) for step in range(280))
    assert [wait_asked(limiter, "private", 100.0) for _ in range(31)] == [0] * 30 + [1]
    assert limiter.violations[0].rule == "bot"


def test_who_does_not_wait_is_noted_again() -> None:
    """During retry_after every message is refused; after the grace each counts as a violation."""
    limiter = Limiter(Limits())
    limiter.hold(7, 10, 0.0)
    waits = [wait_asked(limiter, "private", at) for at in (0.5, 0.9, 5.0, 10.0)]
    assert waits == [10, 10, 5, 0]
    assert [violation.rule for violation in limiter.violations] == ["retry_after"]


def test_limits_can_be_switched_off() -> None:
    """Without limits anything passes, but an imposed wait still holds."""
    limiter = Limiter(Limits(enabled=False))
    times = itertools.repeat(0.0, 200)
    assert not any(wait_asked(limiter, "group", at) for at in times)
    limiter.hold(None, 3, 0.0)
    assert wait_asked(limiter, "group", 0.0) == 3
