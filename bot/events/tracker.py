"""Events of a stream of stories in time order, each answered from what came before it."""

from collections import OrderedDict
from datetime import datetime
from typing import Final, NamedTuple

from bot.events.grouping import WINDOW, Report, assign, signatures

MOST_SIGNATURES: Final = 500_000
"""Signatures that are remembered at most, whatever the dates say; about 180 MB."""


class _Seen(NamedTuple):
    """The event of the latest story that bears a signature, and when that was."""

    event: str
    when: datetime | None


class Tracker:
    """Tells which event each story reports, from the stories that it was told of before.

    A signature is remembered for ``WINDOW`` of the stories' own time. What lies that far from a
    story, before or after, joins nothing to it. Signatures are dropped once they lie that far from
    two stories on end, so that a single wrong date costs no memory of the others.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], _Seen] = OrderedDict()
        self._last: datetime | None = None

    def __len__(self) -> int:
        """Tell how many signatures are remembered, those of a source apart from those of all."""
        return len(self._seen)

    def join(self, report: Report, source: str = "", when: datetime | None = None) -> str:
        """Give the event of a story: the id of the first that reported it.

        ``source`` names the outlet, or nothing where it is not known; ``when`` is aware, and
        without it the story counts as told at the time of the one before it.
        """
        when = when or self._last
        self._forget(when)
        marks = signatures(report.title, report.link)
        known = {mark: seen.event for mark in marks if (seen := self._find(mark, "", when))}
        told = [mark for mark in marks if source and self._find(mark, source, when)]
        event = assign([(report.story_id, marks)], known, told)[report.story_id]
        for key in {(mark, name) for mark in marks for name in ("", source)}:
            self._seen[key] = _Seen(event, when)
            self._seen.move_to_end(key)
        self._last = when
        return event

    def _find(self, mark: str, source: str, when: datetime | None) -> _Seen | None:
        seen = self._seen.get((mark, source))
        return None if seen is None or _is_far(seen.when, when) else seen

    def _forget(self, when: datetime | None) -> None:
        if self._last is None and when is not None:
            # What was told before any date was, counts as told at the first.
            for key, seen in self._seen.items():
                self._seen[key] = seen._replace(when=when)
        while self._seen and (len(self._seen) > MOST_SIGNATURES or self._is_past(when)):
            self._seen.popitem(last=False)

    def _is_past(self, when: datetime | None) -> bool:
        oldest = next(iter(self._seen.values())).when
        return _is_far(oldest, when) and _is_far(oldest, self._last)


def _is_far(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) >= WINDOW
