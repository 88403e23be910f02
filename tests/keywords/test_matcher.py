"""Deciding queries on stories, one by one and very many at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.keywords.matcher import Matcher
from bot.keywords.query import parse
from bot.keywords.search import MOST_PLACES, Hit, Searchable, match
from bot.keywords.tree import Near, Not, Query, Term
from tests.keywords.naive import naive_match
from tests.keywords.strategies import nears, queries, stories

STORY = Searchable(
    title="Iran helps Russia build a drone factory",
    summary="The White House said so on Friday. The plant in Alabuga will make Shahed-136 drones.",
    body="It also announced aid to Ukraine.",
    source="BBC News",
    lang="en-GB",
    country="GB",
)


@pytest.mark.parametrize(
    ("query", "terms", "sentence"),
    [
        ("DRONE", ("drone",), "Iran helps Russia build a drone factory"),
        (
            "shahed-136",
            ("Shahed-136",),
            "The plant in Alabuga will make Shahed-136 drones.",
        ),
        ("dron*", ("drone", "drones"), "Iran helps Russia build a drone factory"),
        ("ukraine alabuga", ("Alabuga", "Ukraine"), STORY.summary[35:]),
        ('summary:drones -title:"white house"', ("drones",), STORY.summary[35:]),
        ("lang:en source:bbc", ("BBC", "en"), STORY.title),
        ("lang:en friday", ("Friday", "en"), "The White House said so on Friday."),
        ("factory OR iran", ("Iran", "factory"), STORY.title),
        ('"drone factor*"', ("drone factory",), STORY.title),
        ("russia NEAR/4 factory", ("Russia", "factory"), STORY.title),
        ("factory NEAR/4 russia", ("Russia", "factory"), STORY.title),
        ('iran ONEAR/5 "drone factory"', ("Iran", "drone factory"), STORY.title),
        ("alabuga ONEAR/3 shahed-136", ("Alabuga", "Shahed-136"), STORY.summary[35:]),
        ('"helps russia" NEAR/1 "russia build"', ("helps Russia", "Russia build"), STORY.title),
        ("drone* NEAR/9 drone", ("drone",), STORY.title),
    ],
)
def test_a_match_says_why(query: str, terms: tuple[str, ...], sentence: str) -> None:
    """The terms stand as in the story, in its order, and the sentence is that of the first."""
    assert match(parse(query), STORY) == Hit(terms, sentence)


@pytest.mark.parametrize(
    "query",
    [
        "dro",  # whole words only
        '"factory the"',  # a phrase stays within one field
        "bbc",  # a word without a field is looked for in the text
        "title:alabuga",
        "drone -alabuga",
        "lang:uk",
        '"house white"',
        "russia NEAR/3 factory",
        "factory ONEAR/9 russia",
        "drone ONEAR/9 drone",  # once in each field, and NEAR stays within one
        "factory NEAR/9 white",
        'iran NEAR/4 "drone factory"',  # a phrase is as near as its nearer end
        "title:(alabuga NEAR/9 plant)",
    ],
)
def test_what_is_not_there_does_not_match(query: str) -> None:
    """A query matches whole words, in their field and order."""
    assert match(parse(query), STORY) is None


@given(queries, stories)
def test_matching_agrees_with_the_naive_evaluator(query: Query, story: Searchable) -> None:
    """Any tree means on any story what its definition says."""
    assert (match(query, story) is not None) == naive_match(query, story)


@given(nears, stories)
def test_nearness_agrees_with_the_naive_evaluator(query: Near, story: Searchable) -> None:
    """Positions are counted as the definition says, in either order and at every length."""
    assert (match(query, story) is not None) == naive_match(query, story)


@given(st.lists(queries, max_size=8), st.lists(st.integers(0, 9), max_size=4), stories)
def test_the_matcher_finds_what_single_queries_find(
    trees: list[Query], dropped: list[int], story: Searchable
) -> None:
    """Filing loses no match and makes none up, also after queries were removed."""
    matcher: Matcher[int] = Matcher()
    for key, tree in enumerate(trees):
        matcher.add(key, tree)
    left = {key: tree for key, tree in enumerate(trees) if key not in dropped}
    for key in dropped:
        matcher.remove(key)
    singly = {key: match(tree, story) for key, tree in left.items()}
    found = matcher.match(story)
    assert found == {key: hit for key, hit in singly.items() if hit is not None}
    assert list(found) == sorted(found)


@given(st.lists(queries, max_size=8))
def test_removing_everything_leaves_nothing(trees: list[Query]) -> None:
    """A service that runs for long keeps no trace of queries that are gone."""
    matcher: Matcher[int] = Matcher()
    for key, tree in enumerate(trees):
        matcher.add(key, tree)
    assert all(matcher.remove(key) for key in range(len(trees)))
    assert len(matcher) == 0
    assert not matcher._files
    assert not matcher._standing
    assert not matcher._stem_lengths


def test_a_key_can_be_given_another_query() -> None:
    """Adding under a key that is taken replaces what stood there."""
    matcher: Matcher[str] = Matcher()
    matcher.add("mine", parse("football"))
    matcher.add("mine", parse("drone"))
    matcher.add("yours", parse("DRONE"))
    assert list(matcher.match(STORY)) == ["mine", "yours"]
    assert len(matcher) == 2
    assert not matcher.remove("theirs")


def test_only_queries_that_can_match_are_decided() -> None:
    """A query is filed under its rarest required word, so common words do not call it up."""
    matcher: Matcher[int] = Matcher()
    for key in range(1_000):
        matcher.add(key, parse(f"drone lang:en name{key}"))
    story = Searchable(title="drone of name7 and name9", lang="en")
    assert list(matcher.match(story)) == [7, 9]
    assert "lang:en" not in matcher._files
    assert len(matcher._files["drone"]) < 10


def test_a_query_that_only_excludes_is_decided_on_every_story() -> None:
    """The matcher is right on every tree, also on one that the parser would refuse."""
    matcher: Matcher[int] = Matcher()
    matcher.add(1, Not(Term("football")))
    assert matcher.match(STORY) == {1: Hit((), STORY.title)}
    assert matcher.match(Searchable(title="Football")) == {}


def test_a_hostile_story_costs_little() -> None:
    """A long text of one word against a long phrase of it is decided in well below a second."""
    story = Searchable(body="a " * 100_000)
    begun = time.process_time()
    assert match(parse(f'"{"a " * 400}b"'), story) is None
    hit = match(parse("a*"), story)
    assert hit is not None
    assert hit.terms == ("a",)
    assert time.process_time() - begun < 3


def test_nearness_in_a_hostile_story_costs_little() -> None:
    """As many pairs as a query can hold, looked for in long rows of their words, far apart."""
    story = Searchable(body=f"{'a ' * 10_000}{'x ' * 10}{'b ' * 10_000}")
    begun = time.process_time()
    assert match(parse(" OR ".join(["a NEAR/9 b"] * 70)), story) is None
    assert match(parse("a NEAR/11 b"), story) is not None
    assert time.process_time() - begun < 3


def test_a_near_is_filed_under_its_rarer_side() -> None:
    """Both sides must be there, so one of them is enough to be called up by."""
    matcher: Matcher[int] = Matcher()
    for key in range(100):
        matcher.add(key, parse(f"drone NEAR/3 name{key}"))
    assert len(matcher._files["drone"]) < 10
    assert list(matcher.match(Searchable(title="name7 and a drone and then no name9"))) == [7]


def test_the_terms_of_a_hit_are_few() -> None:
    """A prefix that very many words begin with shows only the first of them."""
    hit = match(parse("x*"), Searchable(body=" ".join(f"x{number}" for number in range(1_000))))
    assert hit is not None
    assert len(hit.terms) == MOST_PLACES
