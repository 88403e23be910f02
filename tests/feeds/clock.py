"""A clock that stands still."""

import asyncio
from datetime import datetime

from tests.builders import NOW


class FrozenClock:
    """Always tells the same time, and waits for nothing."""

    def now(self) -> datetime:
        """Give NOW."""
        return NOW

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - time stands still
        """Let others run."""
        await asyncio.sleep(0)
