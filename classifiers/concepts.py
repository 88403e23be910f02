"""Concepts: what surface words of seven languages have in common.

``concepts/*.toml`` holds one table a concept, one line a language, forms divided by commas::

    [drone_model]
    is = "drone"                      # a hit counts as this concept too
    en = "shahed*, tb2, sea baby"     # * stands for any ending, or at the front for any beginning

Forms are folded as texts are, so case and accents do not matter; several words are a phrase.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from classifiers.words import words_of

FOLDER: Final = Path(__file__).with_name("concepts")

_CACHED_WORDS: Final = 1 << 16
"""How many words the lookup remembers: more than a day of news has different ones."""


class Hit(NamedTuple):
    """A concept found at the words ``first`` to ``last`` (both counted) of a text."""

    concept: str
    first: int
    last: int


class _Form(NamedTuple):
    concept: str
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """The forms by their first word: whole words, beginnings, and parts anywhere inside."""

    whole: dict[str, list[_Form]] = field(default_factory=dict)
    beginnings: dict[str, list[_Form]] = field(default_factory=dict)
    inside: dict[str, list[_Form]] = field(default_factory=dict)

    def add(self, concept: str, form: str) -> None:
        """File one form of a concept under its first word."""
        first, *rest = _steps(form)
        shelf = self.whole
        if first.startswith("*"):
            shelf = self.inside
        elif first.endswith("*"):
            shelf = self.beginnings
        shelf.setdefault(first.strip("*"), []).append(_Form(concept, tuple(rest)))

    def starting(self, word: str) -> Iterator[_Form]:
        """Give the forms that may start at ``word``."""
        yield from self.whole.get(word, ())
        for end in range(1, len(word) + 1):
            yield from self.beginnings.get(word[:end], ())
        for part, forms in self.inside.items():
            if part in word:
                yield from forms


class Concepts:
    """Finds concepts in folded words."""

    def __init__(self, lists: Mapping[str, Mapping[str, str]]) -> None:
        """Take the tables of the concept files: concept → language (or ``is``) → forms."""
        self._broader: Final = {
            name: str(rows["is"]) for name, rows in lists.items() if "is" in rows
        }
        table = _Table()
        for name, form in _forms(lists):
            table.add(name, form)
        self._starting = lru_cache(_CACHED_WORDS)(lambda word: tuple(table.starting(word)))

    def broader_of(self, concept: str) -> str:
        """Give the concept that a concept also counts as, or itself."""
        return self._broader.get(concept, concept)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Give the concepts of a text's folded words, in their order, each once a place."""
        hits: dict[Hit, None] = {}
        for place, word in enumerate(words):
            for concept, rest in self._starting(word):
                if not rest or _follows(words, place + 1, rest):
                    hits[Hit(concept, place, place + len(rest))] = None
        return list(hits)


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
    bare = "".join(word.folded for word in words_of(step.strip("*")))
    return "*" * step.startswith("*") + bare + "*" * step.endswith("*")


def _follows(words: Sequence[str], place: int, rest: Iterable[str]) -> bool:
    for step in rest:
        if place >= len(words) or not _fits(words[place], step):
            return False
        place += 1
    return True


def _fits(word: str, step: str) -> bool:
    return word.startswith(step[:-1]) if step.endswith("*") else word == step
