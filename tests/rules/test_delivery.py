"""What becomes of an alert after an attempt to send it."""

from datetime import timedelta

import pytest

from bot.models import (
    AlertState,
    Delivered,
    Outcome,
    Rejected,
    RetryAt,
    Scope,
    Unknown,
    Unreachable,
)
from bot.rules.delivery import INTERRUPTED, Verdict, judge
from tests.builders import NOW

LATER = NOW + timedelta(seconds=30)
AFTER_10_S = NOW + timedelta(seconds=10)

TABLE: list[tuple[Outcome, int, Verdict]] = [
    (
        Delivered(message_id=5, text="x"),
        0,
        Verdict(state=AlertState.SENT, message_id=5, text="x"),
    ),
    (
        RetryAt(when=LATER, why="busy", scope=Scope.CHAT),
        0,
        Verdict(state=AlertState.WAITING, why="busy", not_before=LATER, hold=Scope.CHAT),
    ),
    (
        Unreachable(why="blocked"),
        0,
        Verdict(state=AlertState.REFUSED, why="blocked", suspend="blocked"),
    ),
    (
        Unreachable(why="moved", migrated_to=-100),
        0,
        Verdict(state=AlertState.WAITING, why="moved", not_before=NOW, moved_to=-100),
    ),
    (Rejected(why="too long"), 0, Verdict(state=AlertState.REFUSED, why="too long")),
    (
        Unknown(why="reset"),
        0,
        Verdict(state=AlertState.WAITING, why="reset", not_before=AFTER_10_S, doubts=1),
    ),
    (
        INTERRUPTED,
        0,
        Verdict(state=AlertState.WAITING, why=INTERRUPTED.why, not_before=AFTER_10_S, doubts=1),
    ),
    (Unknown(why="reset"), 1, Verdict(state=AlertState.UNCERTAIN, why="reset", doubts=2)),
]


@pytest.mark.parametrize(("outcome", "doubts", "expected"), TABLE)
def test_each_row_of_the_table_holds(outcome: Outcome, doubts: int, expected: Verdict) -> None:
    """The table in the docstring of the rule is what the rule does."""
    verdict = judge(outcome, doubts=doubts, now=NOW, repeat_after=timedelta(seconds=10))
    assert verdict == expected


def test_a_doubt_is_never_forgotten_by_a_later_retry() -> None:
    """A repeat that has to wait is still a repeat, and still says so."""
    verdict = judge(
        RetryAt(when=LATER, why="busy"), doubts=1, now=NOW, repeat_after=timedelta(seconds=10)
    )
    assert verdict.doubts == 1
