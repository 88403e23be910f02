"""The query language: what it reads, what it refuses, and what it says back."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.keywords.query import DEEPEST, LONGEST, parse, read_back
from bot.keywords.tree import And, Field, Near, Not, Or, Phrase, Prefix, Query, Term
from tests.keywords.strategies import queries

A, B, C, D = (Term(word) for word in "abcd")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Drone", Term("drone")),
        ("Shahed-136", Phrase(("shahed", "136"))),
        ('"Drone Factory"', Phrase(("drone", "factory"))),
        ("“drone factory” «b»", And((Phrase(("drone", "factory")), B))),
        ('"drones"', Term("drones")),
        ("drone*", Prefix("drone")),
        ('"drone factor*"', Phrase(("drone", "factor"), open=True)),
        ("Shahed-13*", Phrase(("shahed", "13"), open=True)),
        ("a b AND c", And((A, B, C))),
        ("a b OR c d", Or((And((A, B)), And((C, D))))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("a -b", And((A, Not(B)))),
        ("a –b", And((A, Not(B)))),
        ("a NOT b c", And((A, Not(B), C))),
        ("a AND NOT (b OR c)", And((A, Not(Or((B, C)))))),
        ("--a", Not(Not(A))),
        ("title:a", Field("title", A)),
        ("TITLE: a b", And((Field("title", A), B))),
        ('source:"a b" -lang:c', And((Field("source", Phrase(("a", "b"))), Not(Field("lang", C))))),
        ("title:(a OR b)", Field("title", Or((A, B)))),
        ("country:ua a", And((Field("country", Term("ua")), A))),
        ("and or not", And((Term("and"), Term("or"), Term("not")))),
        ('"AND"', Term("and")),
        ("ANDROID ORwell", And((Term("android"), Term("orwell")))),
        ("a, (b)", And((A, B))),
        ("10:30", Phrase(("10", "30"))),
        ('"a"-136', And((A, Term("136")))),
        ("(((a)))", A),
        ("a NEAR/3 b", Near(A, B, 3)),
        ("a ONEAR/03 b", Near(A, B, 3, ordered=True)),
        ('a* NEAR/1 "b c"', Near(Prefix("a"), Phrase(("b", "c")), 1)),
        ('"a"NEAR/1"b"', Near(A, B, 1)),
        ("a b NEAR/2 c d", And((A, Near(B, C, 2), D))),
        ("a NEAR/2 b OR c", Or((Near(A, B, 2), C))),
        ("title:a NEAR/2 b", Field("title", Near(A, B, 2))),
        ("title:(a NEAR/2 b)", Field("title", Near(A, B, 2))),
        ("a -b NEAR/2 c", And((A, Not(Near(B, C, 2))))),
        ("a near b", And((A, Term("near"), B))),
        ("NEARBY onear", And((Term("nearby"), Term("onear")))),
        ('"a NEAR/3 b"', Phrase(("a", "near", "3", "b"))),
        ('"near 3"', Phrase(("near", "3"))),
        ('"~a topic:b"', Phrase(("a", "topic", "b"))),
    ],
)
def test_queries_are_read(text: str, tree: Query) -> None:
    """Blank means AND, which binds more than OR; NOT, - and fields bind most."""
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "the query is empty"),
        ("  ", 2, "the query is empty"),
        ("Shahed AND (engine OR", 11, "the bracket opened here is never closed"),
        ("a (b (c)", 2, "the bracket opened here is never closed"),
        ("a) b", 1, "this bracket closes none that was opened"),
        (")", 0, "this bracket closes none that was opened"),
        ("a ()", 3, "there is no word between the brackets"),
        ("(a OR )", 6, "a word is missing after OR"),
        ("a OR", 4, "a word is missing after OR"),
        ("a title:", 8, "a word is missing after title:"),
        ("OR a", 0, "a word is missing before OR"),
        ("a AND AND b", 6, "a word is missing before AND"),
        ('a "b c', 2, "the quotation mark opened here is never closed"),
        ('a ""', 2, "there is no letter or digit here to look for"),
        ("a - b", 2, "there is no letter or digit here to look for"),
        ("a *", 2, "a * can stand only once, at the end of the last word"),
        ("dr*ne", 2, "a * can stand only once, at the end of the last word"),
        ("drone**", 6, "a * can stand only once, at the end of the last word"),
        ('"drone* factory"', 6, "a * can stand only once, at the end of the last word"),
        ("-a", 0, "a query needs at least one word to look for, this one only excludes"),
        ("NOT (a b)", 0, "a query needs at least one word to look for, this one only excludes"),
        ("-a -b", 0, "a query needs at least one word to look for, this one only excludes"),
        ("a OR -b", 5, "each side of an OR needs a word to look for, this one only excludes"),
        ("a" * 1001, 1000, "a query may have at most 1,000 characters"),
    ],
)
def test_wrong_queries_are_refused(text: str, position: int, reason: str) -> None:
    """The sentence says what is wrong, and the position where."""
    with pytest.raises(QueryError) as refusal:
        parse(text)
    assert (refusal.value.position, refusal.value.reason) == (position, reason)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("titel:a", "did you mean title:"), ("https://example.org", "there are title, summary")],
)
def test_an_unknown_field_is_refused_with_a_hint(text: str, hint: str) -> None:
    """A colon that belongs to no field is not silently taken for something else."""
    with pytest.raises(QueryError, match="there is no field") as refusal:
        parse(text)
    assert hint in refusal.value.reason


BESIDE_NEAR = "only a word, a prefix* or a phrase can stand on either side of NEAR"


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("a (b OR c) NEAR/3 d", 11, BESIDE_NEAR),
        ("a NEAR/3 (b OR c)", 9, BESIDE_NEAR),
        ("a NEAR/3 title:b", 9, BESIDE_NEAR),
        ("a NEAR/3 -b", 9, BESIDE_NEAR),
        ("a NEAR/3 b NEAR/3 c", 11, "NEAR joins two words only"),
        ("NEAR/3 a", 0, "a word is missing before NEAR/3"),
        ("a AND NEAR/3 b", 6, "a word is missing before NEAR/3"),
        ("a (NEAR/3 b)", 3, "a word is missing before NEAR/3"),
        ("a NEAR/3", 8, "a word is missing after NEAR/3"),
        ("a NEAR/3 OR b", 9, "a word is missing before OR"),
        ("a NEAR b", 2, "NEAR needs a number of words, 1 or more, as in NEAR/5"),
        ("NEAR Kyiv", 0, "NEAR needs a number of words"),
        ("a NEAR/0 b", 2, "NEAR needs a number of words"),
        ("a NEAR/ 3 b", 2, "NEAR needs a number of words"),
        ("a NEAR/3b c", 2, "NEAR needs a number of words"),
        ("a NEAR/٣ b", 2, "NEAR needs a number of words"),
        ("a ONEAR-3 b", 2, "ONEAR needs a number of words, 1 or more, as in ONEAR/5"),
        ("a near/3 b", 2, "write the operator in capitals, as NEAR/3"),
        ("a oNear/3 b", 2, "write the operator in capitals, as ONEAR/3"),
    ],
)
def test_near_is_never_taken_for_words(text: str, position: int, reason: str) -> None:
    """Whoever writes NEAR means the operator: it is understood, or refused and never looked for."""
    with pytest.raises(QueryError, match=f"^{re.escape(reason)}") as refusal:
        parse(text)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    ("text", "position", "sign"),
    [
        ("~Limbach", 0, "~"),
        ("drone -~Limbach", 7, "~"),
        ('drone ~"Karl Limbach"', 6, "~"),
        ("drone~", 5, "~"),
        ("drone topic:drone_supply", 6, "topic:"),
        ("TOPIC:sanctions", 0, "topic:"),
    ],
)
def test_what_is_not_understood_is_said(text: str, position: int, sign: str) -> None:
    """A sign that the language will have one day is refused and not passed over."""
    with pytest.raises(QueryError, match=f"^{re.escape(sign)} is not understood yet") as refusal:
        parse(text)
    assert refusal.value.position == position


@pytest.mark.parametrize("sign", ["(", "NOT ", "-", "title:"])
def test_depth_is_limited(sign: str) -> None:
    """Signs may stand inside one another thirty times and no more."""
    close = ")" if sign == "(" else ""
    parse(f"a {sign * DEEPEST}b{close * DEEPEST}")
    with pytest.raises(QueryError, match="stand inside one another"):
        parse(f"a {sign * (DEEPEST + 1)}b{close * (DEEPEST + 1)}")


@pytest.mark.parametrize("text", ["NOT NOT a", "-(-a OR -b)", "a (b OR -c)", "(a OR b) -c"])
def test_a_word_that_is_required_somewhere_is_enough(text: str) -> None:
    """Only what could match without any word is refused."""
    parse(text)


_pieces = st.lists(
    st.sampled_from([*'ab()"-', "a*", "NEAR/2", "ONEAR/1", "NEAR", "OR", "NOT", "AND", "title:"]),
    max_size=9,
).map(" ".join)


@given(st.text() | st.text(alphabet='ab ()"-*:“ANDORT~\n', max_size=60) | _pieces)
def test_nothing_but_the_query_error_is_raised(text: str) -> None:
    """Whatever is typed is read or refused; what is read can be spelled, read again and said."""
    tree = _read_or_refuse(text)
    if tree is None:
        return
    if len(str(tree)) <= LONGEST:
        assert parse(str(tree)) == tree
    assert read_back(tree).startswith("Stories with ")


def _read_or_refuse(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError as error:
        refusal = error
    assert 0 <= refusal.position <= len(text)
    assert refusal.reason in str(refusal)
    return None


@given(queries)
def test_the_spelling_of_a_tree_reads_as_the_tree(tree: Query) -> None:
    """Printing loses nothing; a word that is looked for is added so that no tree only excludes."""
    whole = And((Term("x"), tree))
    if len(str(whole)) <= LONGEST:
        assert parse(str(whole)) == whole


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "a OR " * 10_000,
        "(" * 999,
        "-" * 1000,
        '"' * 999,
        "a:" * 500,
        ":" * 999,
        "a NEAR/2 " * 90,
    ],
)
def test_long_queries_cost_little(text: str) -> None:
    """No input keeps the parser busy."""
    begun = time.process_time()
    with pytest.raises(QueryError):
        parse(text)
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Drone", "Stories with the word “drone”."),
        (
            'shahed "drone factor*" -football -(a b)',
            (
                "Stories with the word “shahed” and the phrase “drone factor…”, "
                "but not the word “football” and not (the word “a” and the word “b”)."
            ),
        ),
        (
            "a b OR c*",
            "Stories with (the word “a” and the word “b”) or a word that begins with “c”.",
        ),
        (
            "title:(a OR b) lang:en source:c",
            (
                "Stories with (the word “a” or the word “b”) in the title and the word “en” as the "
                "language and the word “c” in the name of the source."
            ),
        ),
        ("a NEAR/3 b", "Stories with the word “a” within 3 words of the word “b”."),
        (
            'x -title:a* ONEAR/1 "b c"',
            (
                "Stories with the word “x”, but not (a word that begins with “a” followed within "
                "1 word by the phrase “b c”) in the title."
            ),
        ),
    ],
)
def test_queries_are_said_back(text: str, sentence: str) -> None:
    """The owner of a query sees in plain words what was understood."""
    assert read_back(parse(text)) == sentence
