"""Concepts: what surface words of seven languages have in common.

``concepts/*.toml`` holds one table a concept, one line a language, forms divided by commas::

    [drone_model]
    is = "drone"                      # a hit counts as this concept too
    en = "shahed*, tb2, sea baby"     # * stands for any ending, or at the front for any beginning

Forms are folded as texts are, so case and accents do not matter; several words are a phrase.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

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

    def add(self, concept: str, broader: str, form: str) -> None:
        """File one form of a concept under its first word."""
        first, *rest = _steps(form)
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


class Concepts:
    """Finds concepts in folded words."""

    def __init__(self, lists: Mapping[str, Mapping[str, str]]) -> None:
        """Take the tables of the concept files: concept → language (or ``is``) → forms."""
        self._broader: Final = {
            name: str(rows["is"]) for name, rows in lists.items() if "is" in rows
        }
        table = _Table()
        for name, form in _forms(lists):
            table.add(name, self.broader_of(name), form)
        self._table: Final = table
        self._parts: Final = re.compile("|".join(map(re.escape, table.inside)))
        self._starting: Final = Remembered(self._starts)

    def broader_of(self, concept: str) -> str:
        """Give the concept that a concept also counts as, or itself."""
        return self._broader.get(concept, concept)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Give the concepts of a text's folded words, in their order, each once a place."""
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


@cache
def shipped() -> Concepts:
    """Read the concept lists that lie beside this file, once."""
    lists: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        lists |= tomllib.loads(path.read_text("utf-8"))
    return Concepts(lists)


def _forms(lists: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for name, rows in lists.items():
        for key, forms in rows.items():
            if key != "is":
                yield from ((name, form) for form in forms.split(","))


def _steps(form: str) -> list[str]:
    """Fold the words of a form, keeping its asterisks."""
    return [_folded_step(step) for step in form.split()]


def _folded_step(step: str) -> str:
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
