"""The page on how feeds are asked is true."""

from datetime import timedelta

import pytest

from bot.feeds import answers, fetch
from bot.feeds.addresses import PUBLIC_PORTS
from bot.rules import polling, readings
from config.settings import load
from tests.architecture.test_structure import ROOT

PAGE = " ".join((ROOT / "docs" / "polling.md").read_text().split())
POLLING = load(environ={}).polling
POLICY = fetch.FetchPolicy(user_agent="")


def minutes(time: float | timedelta) -> int:
    """Give a time, in seconds or as such, in minutes."""
    return round(time.total_seconds() / 60 if isinstance(time, timedelta) else time / 60)


@pytest.mark.parametrize(
    "said",
    [
        f"at most {POLLING.max_redirects} redirects",
        "ports 80, 443, 8080 and 8443" if sorted(PUBLIC_PORTS) == [80, 443, 8080, 8443] else "?",
        f"between {minutes(POLLING.interval_min)} minutes and 6 hours",
        f"{minutes(POLLING.interval_max) // 60} hours (`polling.interval_min`, `interval_max`)",
        f"{minutes(POLLING.interval_new)} minutes where its dates tell no rhythm",
        f"Official sources are asked every {minutes(polling.OFFICIAL)} minutes",
        f"At most {POLLING.per_host} requests to a host in flight",
        "their starts a second apart" if POLICY.spacing == 1.0 else "?",
        "if three in a row were sent there" if readings.MOVES_HELD == 3 else "?",
        f"{minutes(answers.REST)} minutes at least",
        f"left alone for {minutes(answers.CHALLENGE_WAIT) // 60} hours",
        f"fails for {polling.PAUSE_AFTER.days} days and {polling.PAUSE_FAILURES} times",
        "`Retry-After` is kept up to a week"
        if polling.LONGEST_WAIT == timedelta(days=7) == timedelta(seconds=answers.LONGEST_WAIT)
        else "?",
        "up to a day (official: an hour)" if timedelta(hours=1) == polling.OFFICIAL_RETRY else "?",
    ],
)
def test_what_the_page_says_is_what_the_program_does(said: str) -> None:
    """Publishers and operators rely on it."""
    assert said in PAGE
