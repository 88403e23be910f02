"""A keyword query as a tree of frozen values, and its shortest spelling.

``str(query)`` is in the language of ``query.lark`` and parses to the same tree again, as long as
it stays within the limits of ``bot.keywords.query``.
"""

from dataclasses import dataclass
from typing import Final

TEXT_FIELDS: Final = ("title", "summary", "body")
"""Where a word is looked for that no field stands before."""

FIELDS: Final = (*TEXT_FIELDS, "source", "lang", "country")
"""The fields that may stand before a word, a phrase or a bracket."""


@dataclass(frozen=True, slots=True)
class Term:
    """A whole word, folded."""

    word: str

    def __str__(self) -> str:
        """Spell the word."""
        return self.word


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins with ``stem``, which is folded."""

    stem: str

    def __str__(self) -> str:
        """Spell the prefix."""
        return f"{self.stem}*"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two or more folded words next to each other in one field; ``open``: the last is a prefix."""

    words: tuple[str, ...]
    open: bool = False

    def __str__(self) -> str:
        """Spell the phrase."""
        return f'"{" ".join(self.words)}{"*" if self.open else ""}"'


@dataclass(frozen=True, slots=True)
class Near:
    """Two words, prefixes or phrases close to each other in one field.

    Their positions differ by at most ``distance`` words, 1 or more: neighbours differ by 1, phrases
    measure from their nearer ends, and what overlaps differs by 0. ``ordered``: ``right`` begins
    after ``left`` has ended.
    """

    left: "Leaf"
    right: "Leaf"
    distance: int
    ordered: bool = False

    def __str__(self) -> str:
        """Spell both with the operator between them."""
        return f"{self.left} {'O' if self.ordered else ''}NEAR/{self.distance} {self.right}"


@dataclass(frozen=True, slots=True)
class Not:
    """What the operand does not match."""

    operand: "Query"

    def __str__(self) -> str:
        """Spell the exclusion."""
        return f"-{_tight(self.operand)}"


@dataclass(frozen=True, slots=True)
class Field:
    """The operand looked for in one field only; of nested fields the innermost decides."""

    name: str
    operand: "Query"

    def __str__(self) -> str:
        """Spell the field with its operand."""
        return f"{self.name}:{_tight(self.operand)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more parts; they may stand in different fields."""

    parts: tuple["Query", ...]

    def __str__(self) -> str:
        """Spell the parts side by side."""
        return " ".join(map(_tight, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more parts; binds less than And."""

    parts: tuple["Query", ...]

    def __str__(self) -> str:
        """Spell the parts with OR between them."""
        return " OR ".join(
            _tight(part) if isinstance(part, Or) else str(part) for part in self.parts
        )


Leaf = Term | Prefix | Phrase
Query = Leaf | Near | Not | Field | And | Or


def _tight(operand: Query) -> str:
    return f"({operand})" if isinstance(operand, And | Or) else str(operand)
