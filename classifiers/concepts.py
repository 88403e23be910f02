"""Concepts: what surface words of seven languages have in common.

``concepts/*.toml`` holds one table a concept, one line a language, forms divided by commas::

    [drone_war]
    is = "drone"                          # a hit counts as this concept too
    whole = true                          # what a hit covers is not found besides
    names = "shahed*"                     # forms for texts of every language
    en = "drone attack/strike*, *bomber"  # forms for texts of one language only

``*`` stands for any ending, or at the front for any beginning too; several words are a phrase, and
``/`` divides words that may stand at its place. Forms are folded as texts are, so case and accents
do not matter.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from classifiers.languages import LANGUAGES, UNKNOWN
from classifiers.remembered import Remembered
from classifiers.words import words_of

FOLDER: Final = Path(__file__).with_name("concepts")


Hit = tuple[str, str, tuple[int, ...]]
"""A concept found in a text, the one that it counts as too, and the places of its words."""


class _Form(NamedTuple):
    concept: str
    broader: str
    rest: tuple[str, ...]


class _Starts(NamedTuple):
    """The forms that start at a word, of which ``alone`` need no more than that word.

    ``seconds`` are the beginnings of what may follow it in the others: most often none does, which
    is told at once.
    """

    forms: tuple[_Form, ...]
    alone: tuple[_Form, ...]
    seconds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """The forms by their first word: whole words, beginnings, and parts anywhere inside."""

    whole: dict[str, list[_Form]] = field(default_factory=dict)
    beginnings: dict[str, list[_Form]] = field(default_factory=dict)
    inside: dict[str, list[_Form]] = field(default_factory=dict)

    def add(self, concept: str, broader: str, phrase: Iterable[str]) -> None:
        """File one form of a concept, a phrase of one word or more, under its first word."""
        first, *rest = map(_folded_step, phrase)
        shelf = self.whole
        if first.startswith("*"):
            shelf = self.inside
        elif first.endswith("*"):
            shelf = self.beginnings
        shelf.setdefault(first.strip("*"), []).append(_Form(concept, broader, tuple(rest)))

    def starting(self, word: str, parts: re.Pattern[str]) -> Iterator[_Form]:
        """Give the forms that may start at ``word``; ``parts`` finds any of those inside."""
        yield from self.whole.get(word, ())
        for end in range(1, len(word) + 1):
            if forms := self.beginnings.get(word[:end]):
                yield from forms
        if parts.search(word):
            for part in filter(word.__contains__, self.inside):
                yield from self.inside[part]


class _Finder:
    """Finds the concepts of one language."""

    def __init__(self, table: _Table) -> None:
        self._table: Final = table
        self._parts: Final = re.compile("|".join(map(re.escape, table.inside)) or "(?!)")
        self._starting: Final = Remembered(self._starts)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Give the concepts of folded words, in their order, each once a place."""
        hits: list[Hit] = []
        for place, starts in enumerate(map(self._starting.__getitem__, words)):
            if not starts:
                continue
            forms, alone, seconds = starts
            if seconds and place + 1 < len(words) and words[place + 1].startswith(seconds):
                hits += dict.fromkeys(_matching(words, place, forms))
            else:
                for concept, broader, _ in alone:
                    hits.append((concept, broader, (place,)))
        return hits

    def _starts(self, word: str) -> _Starts | None:
        """Give the forms that start at a word, or nothing, as for most words."""
        forms = tuple(dict.fromkeys(self._table.starting(word, self._parts)))
        if not forms:
            return None
        alone = tuple(form for form in forms if not form.rest)
        seconds = tuple({form.rest[0].rstrip("*") for form in forms if form.rest})
        return _Starts(forms, alone, seconds)


class Concepts:
    """Finds concepts in folded words."""

    def __init__(self, lists: Mapping[str, Mapping[str, Any]]) -> None:
        """Take the tables of the concept files: concept → language, ``names``, … → forms."""
        self._whole: Final = frozenset(name for name, rows in lists.items() if rows.get("whole"))
        self._lists: Final = lists
        self._finder: Final = Remembered(self._make_finder)

    def find(self, words: Sequence[str], language: str = UNKNOWN) -> list[Hit]:
        """Give the concepts of a text's folded words, in their order, each once a place.

        Where the language is unknown, the forms of all languages count.
        """
        hits = self._finder[language].find(words)
        covers = [places for name, _, places in hits if name in self._whole and len(places) > 1]
        return [hit for hit in hits if not _covered(hit[2], covers)] if covers else hits

    def _make_finder(self, language: str) -> _Finder:
        # Made when a text first needs it: most services read one language or two.
        return _Finder(_table(self._lists, [language] if language != UNKNOWN else LANGUAGES))


@cache
def shipped() -> Concepts:
    """Read the concept lists that lie beside this file, once."""
    lists: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        lists |= tomllib.loads(path.read_text("utf-8"))
    return Concepts(lists)


def _covered(places: tuple[int, ...], covers: Iterable[tuple[int, ...]]) -> bool:
    """Tell whether places lie within others that are more."""
    return any(
        cover[0] <= places[0] and places[-1] <= cover[-1] and len(places) < len(cover)
        for cover in covers
    )


def _table(lists: Mapping[str, Mapping[str, Any]], languages: Iterable[str]) -> _Table:
    """File the forms of some languages, and the names that all share."""
    table = _Table()
    for concept, rows in lists.items():
        for language in ("names", *languages):
            for form in rows.get(language, "").split(","):
                for phrase in product(*(step.split("/") for step in form.split())):
                    if phrase:
                        table.add(concept, rows.get("is", concept), phrase)
    return table


def _folded_step(step: str) -> str:
    """Fold a word of a form, keeping its asterisks."""
    bare = "".join(words_of(step.strip("*")).folded)
    return "*" * step.startswith("*") + bare + "*" * step.endswith("*")


def _matching(words: Sequence[str], place: int, forms: Iterable[_Form]) -> Iterator[Hit]:
    """Give what the forms find that stand at a place; two may find the same."""
    for concept, broader, rest in forms:
        if not rest or _follows(words, place + 1, rest):
            yield concept, broader, tuple(range(place, place + len(rest) + 1))


def _follows(words: Sequence[str], place: int, rest: Iterable[str]) -> bool:
    for step in rest:
        if place >= len(words) or not _fits(words[place], step):
            return False
        place += 1
    return True


def _fits(word: str, step: str) -> bool:
    return word.startswith(step[:-1]) if step.endswith("*") else word == step
