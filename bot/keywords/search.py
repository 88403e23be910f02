"""Decides one query on one story, and says why.

The words of a term, prefix or phrase, put in a row with single blanks, are looked for in the words
of each field, put in a row likewise: a search for a text in a text, in time proportional to their
lengths.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, islice
from typing import Final, NamedTuple

from bot.keywords.sentences import sentence_around
from bot.keywords.tree import (
    FIELDS,
    TEXT_FIELDS,
    And,
    Field,
    Leaf,
    Near,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Term,
)
from bot.words import fold, fold_words, words

MOST_PLACES: Final = 10
"""Places of one word, phrase or pair in one field that are looked at for the terms of a hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searchable:
    """What of a story can be searched, as text without markup."""

    title: str = ""
    summary: str = ""
    body: str = ""
    source: str = ""
    lang: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Why a query matches: the words that hit, as they stand in the story, and a sentence of it.

    The sentence is that around the first hit in title, summary or body, else the title.
    """

    terms: tuple[str, ...]
    sentence: str


class Place(NamedTuple):
    """Where a hit stands: ``text[start:end]`` of a field, fields counted as in ``FIELDS``."""

    field: int
    start: int
    end: int


class _Row:
    """The words of one field, in a row that can be searched."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = fold_words(text)
        self.row = f" {' '.join(self.words)} "
        self._found: dict[Leaf, list[int]] = {}

    @cached_property
    def _starts(self) -> list[int]:
        """Where in the row each word's leading blank stands."""
        return [0, *accumulate(len(word) + 1 for word in self.words)]

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        return [(word.start, word.end) for word in words(self.text)]

    def find(self, leaf: Leaf) -> Iterator[int]:
        """Give the numbers of the words at which what ``leaf`` looks for begins."""
        needle = _needle(leaf)
        at = self.row.find(needle)
        while at >= 0:
            yield bisect_left(self._starts, at)
            at = self.row.find(needle, at + 1)

    def find_near(self, near: Near) -> Iterator[tuple[int, int]]:
        """Give where each ``left`` begins that has a ``right`` near it, and where that begins."""
        rights = self._find_all(near.right)
        for left in self._find_all(near.left) if rights else ():
            beyond = left + _length(near.left)
            farthest = left - near.distance - _length(near.right) + 1
            nth = bisect_left(rights, beyond if near.ordered else farthest)
            if nth < len(rights) and rights[nth] < beyond + near.distance:
                yield left, rights[nth]

    def _find_all(self, leaf: Leaf) -> list[int]:
        if leaf not in self._found:
            self._found[leaf] = list(self.find(leaf))
        return self._found[leaf]

    def place(self, first: int, leaf: Leaf) -> tuple[int, int]:
        """Tell where in the text stands what ``leaf`` found at the word numbered ``first``."""
        return self._places[first][0], self._places[first + _length(leaf) - 1][1]


class ReadyStory:
    """A story made ready for many queries."""

    def __init__(self, story: Searchable) -> None:
        self.rows = {name: _Row(getattr(story, name)) for name in FIELDS}

    def find(self, query: Query, fields: tuple[str, ...] = TEXT_FIELDS) -> list[Place] | None:
        """Give the places where a query hits, none for an exclusion; None where it does not."""
        match query:
            case Field(name, operand):
                return self.find(operand, (name,))
            case Not(operand):
                return [] if self.find(operand, fields) is None else None
            case And(parts):
                return self._find_all(parts, fields)
            case Or(parts):
                found = [self.find(part, fields) for part in parts]
                hits = [places for places in found if places is not None]
                return list(chain(*hits)) if hits else None
            case Near():
                return self._find_near(query, fields) or None
            case _:
                return self._find_leaf(query, fields) or None

    def _find_all(self, parts: Iterable[Query], fields: tuple[str, ...]) -> list[Place] | None:
        found: list[Place] = []
        for part in parts:
            places = self.find(part, fields)
            if places is None:
                return None
            found += places
        return found

    def _find_leaf(self, leaf: Leaf, fields: tuple[str, ...]) -> list[Place]:
        return [
            self._place(name, first, leaf)
            for name in fields
            for first in islice(self.rows[name].find(leaf), MOST_PLACES)
        ]

    def _find_near(self, near: Near, fields: tuple[str, ...]) -> list[Place]:
        return [
            self._place(name, first, leaf)
            for name in fields
            for pair in islice(self.rows[name].find_near(near), MOST_PLACES)
            for first, leaf in zip(pair, (near.left, near.right), strict=True)
        ]

    def _place(self, name: str, first: int, leaf: Leaf) -> Place:
        return Place(FIELDS.index(name), *self.rows[name].place(first, leaf))

    def explain(self, places: Iterable[Place]) -> Hit:
        """Say why, from the places where a query hit."""
        texts = [row.text for row in self.rows.values()]
        ordered = sorted(places)
        terms: dict[str, str] = {}
        for place in ordered:
            term = " ".join(texts[place.field][place.start : place.end].split())
            terms.setdefault(fold(term), term)
        in_text = (place for place in ordered if place.field < len(TEXT_FIELDS))
        field, start, end = next(in_text, Place(0, 0, 0))
        return Hit(tuple(terms.values()), sentence_around(texts[field], start, end))


def _needle(leaf: Leaf) -> str:
    match leaf:
        case Term(word):
            return f" {word} "
        case Prefix(stem):
            return f" {stem}"
        case Phrase(spoken):
            return f" {' '.join(spoken)}{'' if leaf.open else ' '}"


def _length(leaf: Leaf) -> int:
    return len(leaf.words) if isinstance(leaf, Phrase) else 1


def match(query: Query, story: Searchable) -> Hit | None:
    """Decide one query on one story; None where it does not match."""
    ready = ReadyStory(story)
    places = ready.find(query)
    return None if places is None else ready.explain(places)
