"""JSON lines in and out: what the commands that work in a pipe speak.

A broken line is told with its number and does not stop the others.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from typing import Final

from bot.errors import QueryError, UsageError
from bot.events.grouping import Report
from bot.events.tracker import Tracker
from bot.keywords.matcher import Matcher
from bot.keywords.query import parse
from bot.keywords.search import Searchable
from bot.keywords.tree import Query

STDIN: Final = "-"

_ENCODING: Final = "utf-8-sig"  # editors of Windows begin a file with a byte order mark
_ESCAPED: Final = "surrogateescape"
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
NO_TEXT: Final = "this is not UTF-8"

Record = Mapping[str, object]


@contextmanager
def opened(name: str) -> Iterator[Iterable[str]]:
    """Open a file of lines, or stdin for ``-``; raises UsageError where it cannot be read.

    Bytes that are not UTF-8 come as halves of surrogate pairs: ``is_text`` finds them.
    """
    if name == STDIN:
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding=_ENCODING, errors=_ESCAPED)
        yield sys.stdin
        return
    try:
        file = Path(name).open(encoding=_ENCODING, errors=_ESCAPED)  # noqa: SIM115 - below
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{name} cannot be read: {why}") from error
    with file:
        yield file


def is_text(line: str) -> bool:
    """Tell whether a line that was read was UTF-8."""
    return line.isascii() or not _NOT_UTF8.search(line)


def queries(name: str) -> list[tuple[str, str]]:
    """Read named queries, ``name<TAB>query`` a line; raises UsageError with the line at fault."""
    found = []
    with opened(name) as text:
        for number, line in enumerate(text, start=1):
            title, tab, query = line.rstrip("\n").partition("\t")
            if not line.strip():
                continue
            if not is_text(line):
                raise UsageError(f"{name}, line {number}: {NO_TEXT}")
            if not tab or not title.strip():
                raise UsageError(f"{name}, line {number}: a name, a tab and a query are wanted")
            found.append((title.strip(), query))
    return found


class Matching:
    """Answers which of some named queries a story matches."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._matcher = Matcher[tuple[int, str]]()
        for place, (name, query) in enumerate(named):
            self._matcher.add((place, name), self._parsed(name, query))

    def answer(self, record: Record) -> Record:
        """Give the record's id and its matches, each with the words that hit and a sentence."""
        fields = ("title", "summary", "body", "source", "lang", "country")
        story = Searchable(**{field: text_of(record, field) for field in fields})
        matches = [
            {"query": name, "terms": hit.terms, "sentence": hit.sentence}
            for (_, name), hit in self._matcher.match(story).items()
        ]
        return {"id": record.get("id"), "matches": matches}

    @staticmethod
    def _parsed(name: str, query: str) -> Query:
        try:
            return parse(query)
        except QueryError as error:
            where = "" if name == query else f"{name}: "
            raise UsageError(f"{where}{error}") from error


class Events:
    """Answers which event each story reports, from the stories that came before it."""

    def __init__(self) -> None:
        self._tracker = Tracker()
        self._numbers = count(1)

    def answer(self, record: Record) -> Record:
        """Give the record's id and its event; an event bears the id of its first story."""
        number, given = next(self._numbers), record.get("id")
        name = str(given) if given is not None else f"story {number}"
        report = Report(name, text_of(record, "title"), text_of(record, "url"))
        event = self._tracker.join(report, text_of(record, "source"), time_of(record, "date"))
        return {"id": given, "event": event}


class Reader:
    """Reads records from lines; ``faults`` counts the lines that could not be used."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self.faults = 0

    def records(self, lines: Iterable[str]) -> Iterator[Record]:
        """Give each line's record in order; blank lines are passed over in silence."""
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _record(line)
            except ValueError as error:
                self.faults += 1
                self._complain(f"line {number}: {error}")


def text_of(record: Record, key: str) -> str:
    """Give a text of a record, or the empty text where it has none."""
    value = record.get(key)
    return value if isinstance(value, str) else ""


def time_of(record: Record, key: str) -> datetime | None:
    """Give a time of a record, ISO 8601 and in UTC where it names no zone; None for all else."""
    try:
        when = datetime.fromisoformat(text_of(record, key))
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def write(record: Record) -> None:
    """Print a record as one line of JSON, at once: whoever reads may wait for it."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _record(line: str) -> Record:
    if not is_text(line):
        raise ValueError(NO_TEXT)
    try:
        value = json.loads(line, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise ValueError("this is not JSON") from error
    if not isinstance(value, dict):
        raise ValueError("this is JSON, but not an object with a title")  # noqa: TRY004 - told with the line
    if not isinstance(value.get("title"), str):
        raise ValueError("the object has no text under 'title'")  # noqa: TRY004 - told with the line
    if not isinstance(value.get("summary"), str | None):
        raise ValueError("what stands under 'summary' is not a text")  # noqa: TRY004 - told with the line
    return value


def _number(text: str) -> float:
    """Read a number; NaN and what is beyond all floats could not be written as JSON again."""
    if not math.isfinite(number := float(text)):
        raise ValueError("no number of JSON")
    return number
