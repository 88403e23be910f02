"""JSON lines in and out: what the commands that work in a pipe speak.

A broken line is told with its number and does not stop the others.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from bot.errors import QueryError, UsageError
from bot.events import grouping
from bot.keywords.matcher import Matcher
from bot.keywords.query import parse
from bot.keywords.search import Searchable
from bot.keywords.tree import Query

STDIN: Final = "-"

Record = Mapping[str, object]


@contextmanager
def opened(name: str) -> Iterator[Iterable[str]]:
    """Open a file of lines, or stdin for ``-``; raises UsageError where it cannot be read."""
    if name == STDIN:
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        yield sys.stdin
        return
    try:
        file = Path(name).open(encoding="utf-8", errors="replace")  # noqa: SIM115 - below
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from error
    with file:
        yield file


def queries(name: str) -> list[tuple[str, str]]:
    """Read named queries, ``name<TAB>query`` a line; raises UsageError with the line at fault."""
    found = []
    with opened(name) as text:
        for number, line in enumerate(text, start=1):
            title, tab, query = line.rstrip("\n").partition("\t")
            if not line.strip():
                continue
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
        document = Searchable(**{field: text_of(record, field) for field in fields})
        matches = [
            {"query": name, "terms": hit.terms, "sentence": hit.sentence}
            for (_, name), hit in self._matcher.match(document).items()
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
        self._known: dict[str, str] = {}
        self._numbers = count(1)

    def answer(self, record: Record) -> Record:
        """Give the record's id and its event; an event bears the id of its first story."""
        given = record.get("id")
        name = str(given) if given is not None else f"line {next(self._numbers)}"
        marks = grouping.signatures(text_of(record, "title"), text_of(record, "url"))
        event = grouping.assign([(name, marks)], self._known)[name]
        self._known.update(dict.fromkeys(marks, event))
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


def write(record: Record) -> None:
    """Print a record as one line of JSON."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def _record(line: str) -> Record:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("this is not JSON") from error
    if not isinstance(value, dict):
        raise ValueError("this is JSON, but not an object with a title")  # noqa: TRY004
    if not isinstance(value.get("title"), str):
        raise ValueError("the object has no text under 'title'")  # noqa: TRY004
    if not isinstance(value.get("summary") or "", str):
        raise ValueError("what stands under 'summary' is not a text")  # noqa: TRY004
    return value
