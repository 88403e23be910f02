"""What the health pages tell of a running service: is it ready, and its figures."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.models import Feed
from bot.ports import Clock, Store, Tagger
from bot.rules.health import State, state
from bot.telegram.polling import TelegramBot
from bot.web.metrics import Metric, render_metrics

SILENCE: Final = timedelta(minutes=2)
"""Telegram answers a request for updates at least every half minute; after four it is away."""

OVERDUE: Final = timedelta(minutes=5)
"""A feed that waits this long beyond its time shows that polling stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Looks at the parts of a service; ``bot`` is None where it prints its alerts."""

    store: Store
    tagger: Tagger
    clock: Clock
    bot: TelegramBot | None

    async def faults(self) -> dict[str, str]:
        """Give for each part what is wrong with it, or an empty text."""
        now = self.clock.now()
        feeds = await self.store.feeds()
        return {
            "model": "" if self.tagger.model else "it is being built",
            "telegram": self._silence(now),
            "polling": _standstill(feeds, now) if self.tagger.model else "",
        }

    async def metrics(self) -> str:
        """Give the figures of the service in the format of Prometheus."""
        now = self.clock.now()
        states = Counter(state(feed, now) for feed in await self.store.feeds())
        feeds = {str(each): float(states[each]) for each in State}
        alerts = {str(key): float(n) for key, n in (await self.store.alert_counts()).items()}
        return render_metrics(
            {
                "tocsin_feeds": Metric("Feeds by state.", "gauge", feeds, "state"),
                "tocsin_alerts": Metric("Alerts by state.", "gauge", alerts, "state"),
                "tocsin_ready": Metric(
                    "Whether every part works, 1 or 0.",
                    "gauge",
                    float(not any((await self.faults()).values())),
                ),
            }
        )

    def _silence(self, now: datetime) -> str:
        if self.bot is None:
            return ""
        heard = self.bot.last_heard
        if heard is None:
            return "it was not reached yet"
        return "" if now - heard < SILENCE else f"nothing heard since {heard:%Y-%m-%d %H:%M} UTC"


def _standstill(feeds: list[Feed], now: datetime) -> str:
    late = [feed for feed in feeds if feed.next_due and now - feed.next_due > OVERDUE]
    return f"{len(late)} feeds wait to be read" if late else ""
