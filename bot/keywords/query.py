"""Reads keyword queries, refuses wrong ones in a sentence, and says back what was understood.

The grammar stands in ``query.lark``, the tree in ``bot.keywords.tree``. Reading takes time in
proportion to the length: the parser is LALR(1), and the tree is built while it reads.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Final, NamedTuple, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from bot.errors import QueryError
from bot.keywords.tree import FIELDS, And, Field, Leaf, Near, Not, Or, Phrase, Prefix, Query, Term
from bot.words import words

LONGEST: Final = 1_000
"""Characters that a query may have at most."""

DEEPEST: Final = 30
"""Brackets, exclusions and fields that may stand inside one another at most."""

_NEAR: Final = re.compile(r"(O?)NEAR/0*([1-9][0-9]*)")

_ONLY_EXCLUDES: Final = "a query needs at least one word to look for, this one only excludes"
_SIDE_EXCLUDES: Final = "each side of an OR needs a word to look for, this one only excludes"
_NO_NAMES: Final = "~ is not understood yet (write each spelling of the name, with OR between them)"
_NO_TOPICS: Final = "topic: is not understood yet (to look for the words themselves, quote them)"
_BESIDE_NEAR: Final = "only a word, a prefix* or a phrase can stand on either side of NEAR"
_TWICE_NEAR: Final = "NEAR joins two words only (for three: a NEAR/3 b AND b NEAR/3 c)"


class _WrongAt(Exception):
    """What is wrong, and where in the query; ``parse`` makes a QueryError of it."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


class _Read(NamedTuple):
    """A part of a query that has been read.

    ``loose`` is the place of an exclusion that lets the part match stories without any word
    that it looks for, or None; ``loose_negated`` is the same for the part's opposite.
    """

    query: Query
    depth: int
    loose: int | None
    loose_negated: int | None


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: it is wrong, with the position and one sentence that says why.
    """
    if len(text) > LONGEST:
        reason = f"a query may have at most {LONGEST:,} characters"
        raise QueryError(text[:LONGEST], LONGEST, reason)
    try:
        return _whole(text)
    except _WrongAt as wrong:
        raise QueryError(text, wrong.position, wrong.reason) from None


def _whole(text: str) -> Query:
    try:
        read = cast("_Read", _PARSER.parse(text))  # the embedded builder's, not lark's own tree
    except UnexpectedCharacters as stop:
        reason = "the quotation mark opened here is never closed"
        raise _WrongAt(cast("int", stop.pos_in_stream), reason) from None
    except UnexpectedToken as stop:
        before = stop.interactive_parser.parser_state.value_stack
        raise _misplaced(stop.token, before, len(text)) from None
    if read.loose is not None:
        reason = _SIDE_EXCLUDES if isinstance(read.query, Or) else _ONLY_EXCLUDES
        raise _WrongAt(read.loose, reason)
    return read.query


def _misplaced(token: Token, before: Sequence[object], end: int) -> _WrongAt:
    """Say why ``token`` cannot follow ``before``, the parts and signs read and not yet joined."""
    opened = [sign for sign in before if isinstance(sign, Token) and sign.type == "LPAR"]
    ended = token.type == "$END"
    place = end if ended else int(token.start_pos or 0)
    if near := _wrong_beside_near(token, before[-2:]):
        return _WrongAt(place, near)
    if ended and opened:
        return _WrongAt(int(opened[-1].start_pos or 0), "the bracket opened here is never closed")
    if token.type in {"_AND", "_OR"}:
        return _WrongAt(place, f"a word is missing before {token}")
    if token.type == "RPAR" and not opened:
        return _WrongAt(place, "this bracket closes none that was opened")
    if not before:
        return _WrongAt(place, "the query is empty")
    if before[-1] in opened:
        return _WrongAt(place, "there is no word between the brackets")
    return _WrongAt(place, f"a word is missing after {before[-1]}")


def _wrong_beside_near(token: Token, before: Sequence[object]) -> str:
    """Say what stands beside a NEAR, ``token`` or just before it, and cannot; empty if nothing."""
    signs = [sign.type if isinstance(sign, Token) else "" for sign in before]
    if token.type != "NEAR":
        barred = signs[-1:] == ["NEAR"] and token.type in {"LPAR", "FIELD", "NOT", "MINUS"}
        return _BESIDE_NEAR if barred else ""
    _read_near(token)
    if "NEAR" in signs[:1]:
        return _TWICE_NEAR
    return _BESIDE_NEAR if signs[-1:] == ["RPAR"] else f"a word is missing before {token}"


def _read_near(sign: Token) -> tuple[int, bool]:
    """Give the distance of a NEAR/n or ONEAR/n, and whether it is ordered."""
    if read := _NEAR.fullmatch(sign):
        return int(read[2]), bool(read[1])
    loud = sign.upper()
    if _NEAR.fullmatch(loud):
        reason = f"write the operator in capitals, as {loud} (to look for the words, quote them)"
    else:
        name = "ONEAR" if loud.startswith("O") else "NEAR"
        needs = f"{name} needs a number of words, 1 or more, as in {name}/5"
        reason = f"{needs} (to look for the word, quote it)"
    raise _WrongAt(int(sign.start_pos or 0), reason)


@v_args(inline=True)
class _Builder(Transformer[Token, _Read]):
    """Makes the tree, rule by rule of the grammar."""

    def word(self, token: Token) -> _Read:
        if "~" in token:
            raise _WrongAt(int(token.start_pos or 0) + token.index("~"), _NO_NAMES)
        return _leaf(token)

    def phrase(self, token: Token) -> _Read:
        return _leaf(token)

    def near(self, left: _Read, sign: Token, right: _Read) -> _Read:
        leaves = cast("tuple[Leaf, Leaf]", (left.query, right.query))  # the grammar has no others
        return left._replace(query=Near(*leaves, *_read_near(sign)))

    def bracket(self, opened: Token, inner: _Read, _closed: Token) -> _Read:
        return _deeper(inner, opened)

    def exclusion(self, sign: Token, inner: _Read) -> _Read:
        place = int(sign.start_pos or 0)
        loose = None if inner.loose_negated is None else place
        return _deeper(_Read(Not(inner.query), inner.depth, loose, inner.loose), sign)

    def field(self, sign: Token, inner: _Read) -> _Read:
        return _deeper(inner._replace(query=Field(_field_name(sign), inner.query)), sign)

    def both(self, *parts: _Read) -> _Read:
        return _Read(
            And(tuple(part.query for part in parts)),
            max(part.depth for part in parts),
            _if_all(part.loose for part in parts),
            _if_any(part.loose_negated for part in parts),
        )

    def either(self, *parts: _Read) -> _Read:
        return _Read(
            Or(tuple(part.query for part in parts)),
            max(part.depth for part in parts),
            _if_any(part.loose for part in parts),
            _if_all(part.loose_negated for part in parts),
        )


def _if_any(places: Iterable[int | None]) -> int | None:
    return next((place for place in places if place is not None), None)


def _if_all(places: Iterable[int | None]) -> int | None:
    every = list(places)
    return None if None in every else every[0]


def _deeper(inner: _Read, sign: Token) -> _Read:
    if inner.depth == DEEPEST:
        reason = f"more than {DEEPEST} brackets, exclusions and fields stand inside one another"
        raise _WrongAt(int(sign.start_pos or 0), reason)
    return inner._replace(depth=inner.depth + 1)


def _field_name(sign: Token) -> str:
    name = sign[:-1].lower()
    if name in FIELDS:
        return name
    if name == "topic":
        raise _WrongAt(int(sign.start_pos or 0), _NO_TOPICS)
    near = difflib.get_close_matches(name, FIELDS, n=1)
    hint = f"did you mean {near[0]}:" if near else f"there are {', '.join(FIELDS)}"
    reason = f"there is no field {sign[:-1]} ({hint}; to look for words with a colon, quote them)"
    raise _WrongAt(int(sign.start_pos or 0), reason)


def _leaf(token: Token) -> _Read:
    start = int(token.start_pos or 0)
    return _Read(_look_for(token, start), 0, None, start)


def _look_for(text: str, offset: int) -> Leaf:
    """Make a word, a prefix or a phrase of what stands at ``offset`` in the query."""
    found = tuple(words(text))
    end = found[-1].end if found else -1
    stars = [place for place, character in enumerate(text) if character == "*"]
    if stars not in ([], [end]):
        wrong = next(place for place in stars if place != end)
        raise _WrongAt(offset + wrong, "a * can stand only once, at the end of the last word")
    if not found:
        raise _WrongAt(offset, "there is no letter or digit here to look for")
    if len(found) > 1:
        return Phrase(tuple(word.folded for word in found), open=bool(stars))
    return Prefix(found[0].folded) if stars else Term(found[0].folded)


_PARSER: Final = Lark(
    files("bot.keywords").joinpath("query.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer="basic",
    transformer=_Builder(),
)


_WHERE: Final = {
    "title": "in the title",
    "summary": "in the summary",
    "body": "in the body",
    "source": "in the name of the source",
    "lang": "as the language",
    "country": "as the country",
}


def read_back(query: Query) -> str:
    """Say in a plain sentence which stories a query matches."""
    return f"Stories with {_say(query)}."


def _say(query: Query) -> str:
    match query:
        case Near():
            return _say_near(query)
        case Field(name, operand):
            return f"{_say_inside(operand)} {_WHERE[name]}"
        case Not(operand):
            return f"not {_say_inside(operand)}"
        case And(parts):
            return _say_all(parts)
        case Or(parts):
            return " or ".join(map(_say_inside, parts))
        case _:
            return _say_leaf(query)


def _say_leaf(leaf: Leaf) -> str:
    match leaf:
        case Term(word):
            return f"the word “{word}”"
        case Prefix(stem):
            return f"a word that begins with “{stem}”"
        case Phrase(spoken):
            return f"the phrase “{' '.join(spoken)}{'…' if leaf.open else ''}”"


def _say_inside(query: Query) -> str:
    return f"({_say(query)})" if isinstance(query, And | Or | Not | Near) else _say(query)


def _say_near(near: Near) -> str:
    left, right = _say_leaf(near.left), _say_leaf(near.right)
    within = f"within {near.distance} word{'s' if near.distance > 1 else ''}"
    return f"{left} followed {within} by {right}" if near.ordered else f"{left} {within} of {right}"


def _say_all(parts: Sequence[Query]) -> str:
    wanted = " and ".join(_say_inside(part) for part in parts if not isinstance(part, Not))
    unwanted = " and ".join(_say(part) for part in parts if isinstance(part, Not))
    return ", but ".join(filter(None, (wanted, unwanted)))
