"""The meaning of queries, written as plainly as can be and apart from the matcher."""

import unicodedata

from bot.keywords.search import Searchable
from bot.keywords.tree import And, Field, Leaf, Near, Not, Or, Phrase, Prefix, Query, Term


def naive_words(text: str) -> list[str]:
    """Split a text into folded words, after the definition in the issue."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    spread = ""
    for char in folded:
        category = unicodedata.category(char)
        if category[0] in "LN":
            spread += char
        elif category[0] != "M":
            spread += " "
    return spread.split(" ") if spread.strip(" ") else []


def naive_match(query: Query, story: Searchable, fields: tuple[str, ...] | None = None) -> bool:
    """Decide a query on a story, place by place."""
    scope = fields or ("title", "summary", "body")
    match query:
        case Term() | Prefix() | Phrase():
            return any(_spans(query, _words(story, name)) for name in scope)
        case Near():
            return any(_are_near(query, _words(story, name)) for name in scope)
        case Not(operand):
            return not naive_match(operand, story, fields)
        case Field(name, operand):
            return naive_match(operand, story, (name,))
        case And(parts):
            return all(naive_match(part, story, fields) for part in parts)
        case Or(parts):
            return any(naive_match(part, story, fields) for part in parts)


def _are_near(near: Near, words: list[str]) -> bool:
    """Try every pair of places, each from its first word to its last."""
    return any(
        0 < right[0] - left[1] <= near.distance
        or (not near.ordered and _apart(left, right) <= near.distance)
        for left in _spans(near.left, words)
        for right in _spans(near.right, words)
    )


def _apart(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, other[0] - one[1], one[0] - other[1])


def _spans(leaf: Leaf, words: list[str]) -> list[tuple[int, int]]:
    """Give all places of a leaf as the numbers of its first and its last word."""
    size = len(leaf.words) if isinstance(leaf, Phrase) else 1
    firsts = range(len(words) - size + 1)
    return [
        (first, first + size - 1) for first in firsts if _fits(leaf, words[first : first + size])
    ]


def _fits(leaf: Leaf, words: list[str]) -> bool:
    match leaf:
        case Term(word):
            return words == [word]
        case Prefix(stem):
            return words[0].startswith(stem)
        case Phrase(spoken):
            *first, last = words
            end = last[: len(spoken[-1])] if leaf.open else last
            return (*first, end) == spoken


def _words(story: Searchable, name: str) -> list[str]:
    return [word for word in naive_words(getattr(story, name)) if word]
