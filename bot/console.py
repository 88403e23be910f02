"""The terminal as a subscriber: alerts are printed instead of sent."""

import sys
from collections.abc import Callable
from datetime import datetime

from bot.models import CONSOLE, Chat, Delivered, Outcome, OwedAlert


class ConsoleSender:
    """Prints alerts to stdout; fulfils ``bot.ports.Sender`` for the console chat alone."""

    def __init__(self, render: Callable[[OwedAlert], str]) -> None:
        self._render = render

    async def send(self, owed: OwedAlert) -> Outcome:
        """Print an alert; the terminal refuses nothing."""
        text = self._render(owed)
        sys.stdout.write(f"{text}\n\n")
        sys.stdout.flush()
        return Delivered(message_id=owed.id, text=text)

    def ready_at(self, chat: Chat, now: datetime) -> datetime:  # noqa: ARG002 - the port asks so
        """Tell when the terminal takes its next alert: at once."""
        return now

    def serves(self, chat: Chat) -> bool:
        """Tell whether ``chat`` is the terminal."""
        return chat.id == CONSOLE
