"""Decides very many standing queries on a story at once.

First it asks which of them can match at all: each is filed under words of which a matching story
must have at least one, the rarest that can be had. Only the queries filed under the words of a
story are then decided.

Names of files: a word ("shahed"), a stem ("drone*"), or either in a field about the story
("lang:en"). Title, summary and body share their files.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Generic, TypeVar

from bot.keywords.search import Hit, ReadyStory, Searchable
from bot.keywords.tree import (
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

K = TypeVar("K", bound=Hashable)

_ANY: Final = ""
"""The file of the queries that require no word, which are decided on every story."""

_COMMON: Final = 1_000
"""What it costs to file a query under a language, country or source, which many stories share."""


@dataclass(eq=False, slots=True)
class _Standing(Generic[K]):
    """A query with all that ask it, and the words that it is filed under."""

    query: Query
    filed_under: frozenset[str]
    keys: set[K] = field(default_factory=set)


class Matcher(Generic[K]):
    """Many standing queries, each under a key of its own; equal ones are decided once.

    For one task at a time: nothing here is locked.
    """

    def __init__(self) -> None:
        self._queries: dict[K, tuple[int, Query]] = {}
        self._standing: dict[Query, _Standing[K]] = {}
        self._files: defaultdict[str, set[_Standing[K]]] = defaultdict(set)
        self._stem_lengths: Counter[int] = Counter()
        self._numbers = count()

    def __len__(self) -> int:
        """Tell how many keys there are."""
        return len(self._queries)

    def add(self, key: K, query: Query) -> None:
        """Let ``query`` stand under ``key``, in the place of what stood there."""
        self.remove(key)
        self._queries[key] = (next(self._numbers), query)
        if query not in self._standing:
            self._file(query)
        self._standing[query].keys.add(key)

    def remove(self, key: K) -> bool:
        """Drop what stands under ``key``; false where there was nothing."""
        if key not in self._queries:
            return False
        _, query = self._queries.pop(key)
        standing = self._standing[query]
        standing.keys.discard(key)
        if not standing.keys:
            self._unfile(standing)
        return True

    def match(self, story: Searchable) -> dict[K, Hit]:
        """Give the keys of all queries that match a story, each with why, in order of adding."""
        ready = ReadyStory(story)
        hits: dict[K, Hit] = {}
        for standing in self._candidates(ready):
            places = ready.find(standing.query)
            if places is not None:
                hits.update(dict.fromkeys(standing.keys, ready.explain(places)))
        return {key: hits[key] for key in sorted(hits, key=lambda key: self._queries[key][0])}

    def _candidates(self, story: ReadyStory) -> set[_Standing[K]]:
        names = _names(story, tuple(self._stem_lengths))
        return set().union(*(self._files[name] for name in names & self._files.keys()))

    def _file(self, query: Query) -> None:
        required = _required(query, self._cost)
        standing = _Standing[K](query, frozenset({_ANY}) if required is None else required)
        self._standing[query] = standing
        for name in standing.filed_under:
            self._files[name].add(standing)
        self._stem_lengths.update(_stem_lengths(standing.filed_under))

    def _unfile(self, standing: _Standing[K]) -> None:
        del self._standing[standing.query]
        for name in standing.filed_under:
            self._files[name].discard(standing)
            if not self._files[name]:
                del self._files[name]
        self._stem_lengths -= Counter(_stem_lengths(standing.filed_under))

    def _cost(self, names: frozenset[str]) -> int:
        """Guess how often a query filed under ``names`` would have to be decided in vain.

        Long words are rarer than short ones, few stories have a word that few queries share,
        and nearly every story has a common language, country or source.
        """
        return sum(
            len(self._files.get(name, ())) + (_COMMON if ":" in name else 100 // len(name))
            for name in names
        )


def _shelf(name: str) -> str:
    return "" if name in TEXT_FIELDS else f"{name}:"


def _names(story: ReadyStory, stem_lengths: tuple[int, ...]) -> set[str]:
    """Name the files in which all queries that can match a story stand."""
    words_of = [(_shelf(name), word) for name, row in story.rows.items() for word in set(row.words)]
    stems = {
        f"{shelf}{word[:length]}*"
        for shelf, word in words_of
        for length in stem_lengths
        if length <= len(word)
    }
    return {_ANY} | stems | {shelf + word for shelf, word in words_of}


def _stem_lengths(names: Iterable[str]) -> list[int]:
    return [len(name.rpartition(":")[2]) - 1 for name in names if name.endswith("*")]


def _required(
    query: Query, cost: Callable[[frozenset[str]], int], shelf: str = "", *, negated: bool = False
) -> frozenset[str] | None:
    """Give words of which every story that matches has at least one, at the least cost.

    None where there are no such words: the query, or with ``negated`` its opposite, can match
    without any.
    """
    match query:
        case Not(operand):
            return _required(operand, cost, shelf, negated=not negated)
        case Field(name, operand):
            return _required(operand, cost, _shelf(name), negated=negated)
        case And(parts) | Or(parts):
            options = [_required(part, cost, shelf, negated=negated) for part in parts]
            if isinstance(query, And) != negated:
                return min(filter(None, options), key=cost, default=None)
            return frozenset().union(*filter(None, options)) if all(options) else None
        case _:
            return None if negated else min(_leaf_names(query, shelf), key=cost)


def _leaf_names(leaf: Leaf | Near, shelf: str) -> list[frozenset[str]]:
    match leaf:
        case Near(left, right):
            return _leaf_names(left, shelf) + _leaf_names(right, shelf)
        case Term(word):
            spoken: tuple[str, ...] = (word,)
        case Prefix(stem):
            spoken = (f"{stem}*",)
        case Phrase((*first, last)):
            spoken = (*first, f"{last}*" if leaf.open else last)
    return [frozenset({shelf + word}) for word in spoken]
