"""``classify``, ``match`` and ``events``: JSON lines in, JSON lines out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Tocsin

Write = Callable[[str, str | bytes], Path]

DRONES = "Turkey delivers Bayraktar drones to Ukraine"


def story(**fields: Any) -> str:
    """Give a line with a story."""
    return json.dumps({"title": DRONES, **fields}) + "\n"


# ── classify ─────────────────────────────────────────────────────────────────────────────────


def test_an_answer_has_every_topic_the_tags_and_their_words(tocsin: Tocsin) -> None:
    """The keys of the contract, no more and no less."""
    [row] = tocsin("classify", stdin=story(id=7, summary="In summer.", lang="en")).rows
    assert list(row) == ["id", "topics", "tags", "why"]
    assert row["id"] == 7
    assert set(row["topics"]) == {"drone_supply", "sanctions", "ukraine_aid"}
    assert all(0 <= probability <= 1 for probability in row["topics"].values())
    assert "drone_supply" in row["tags"]
    assert set(row["why"]) == set(row["tags"])
    assert {(type(word), type(weight)) for word, weight in row["why"]["drone_supply"]} == {
        (str, float)
    }


@pytest.mark.parametrize(
    "broken",
    [
        b"{", b"[]", b"7", b"null", b"\0", b'"a"', b'{"id": 1}', b'{"title": null}',
        b'{"title": ["a"]}', b'{"title": "a", "summary": 3}', b'{"title": "a", "summary": false}',
        b'{"title": "\xff"}', b"\xff\xfe{\0}\0", b'{"id": NaN, "title": "a"}',
        b'{"id": 1e999, "title": "a"}', b"[" * 100_000, b'{"title": "a"} {"title": "b"}',
    ],
)  # fmt: skip
def test_a_broken_line_is_told_by_its_number_and_the_others_are_answered(
    tocsin: Tocsin, broken: bytes
) -> None:
    """One bad line in a night's work must not lose the night, nor pass in silence."""
    lines = [story(id="first").encode(), broken + b"\n", b"\n", story(id="last").encode()]
    done = tocsin("classify", stdin=b"".join(lines))
    done.failed(1, "line 2: ")
    assert [row["id"] for row in done.rows] == ["first", "last"]


@pytest.mark.parametrize(
    "given", [None, True, 0, 1.5, "", "α\u2028β", "\ud800", [1, {"a": None}], {"a": [1]}]
)
def test_an_id_of_any_kind_comes_back_as_it_was(tocsin: Tocsin, given: object) -> None:
    """Whoever joins answers with questions needs the very same id."""
    [row] = tocsin("classify", stdin=story(id=given)).rows
    assert row["id"] == given


def test_without_an_id_or_a_summary_a_story_is_answered_all_the_same(tocsin: Tocsin) -> None:
    """Only the title must be there; null says the same as nothing."""
    done = tocsin("classify", stdin=story() + story(summary=None))
    assert [row["id"] for row in done.rows] == [None, None]
    assert done.rows[0] == done.rows[1]


def test_answers_come_in_the_order_of_the_lines(tocsin: Tocsin, write: Write) -> None:
    """Line by line, whatever they hold."""
    file = write("stories.jsonl", "".join(story(id=n, title=f"Story {n}") for n in range(200)))
    assert [row["id"] for row in tocsin("classify", file).rows] == list(range(200))


def test_stdin_is_read_without_a_name_and_for_a_dash(tocsin: Tocsin) -> None:
    """Both ways of a pipe."""
    assert tocsin("classify", stdin=story()) == tocsin("classify", "-", stdin=story())


@pytest.mark.parametrize("command", ["classify", "events"])
def test_no_line_is_no_fault(tocsin: Tocsin, command: str) -> None:
    """A quiet day has no stories."""
    done = tocsin(command, stdin="")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_an_enormous_title_is_answered(tocsin: Tocsin) -> None:
    """A megabyte on one line is no reason to stop, nor to break the line of the answer."""
    done = tocsin("classify", stdin=story(id="x" * 1_000_000, title=f"{DRONES} " * 20_000))
    assert done.code == 0
    assert len(done.rows) == 1


def test_characters_that_terminals_obey_are_written_as_escapes(tocsin: Tocsin) -> None:
    """NUL, ESC and the like come back within JSON, never raw."""
    done = tocsin("classify", stdin=story(id="\0\x1b[31m\r\x07"))
    assert done.rows[0]["id"] == "\0\x1b[31m\r\x07"
    assert not {"\0", "\x1b", "\r", "\x07"} & set(done.out)


def test_a_byte_order_mark_before_the_first_line_is_no_part_of_it(
    tocsin: Tocsin, write: Write
) -> None:
    """Editors of Windows write one."""
    marked = b"\xef\xbb\xbf" + story(id=1).encode()
    assert tocsin("classify", write("stories.jsonl", marked)).rows[0]["id"] == 1
    assert tocsin("classify", stdin=marked).rows[0]["id"] == 1


@pytest.mark.parametrize("command", ["classify", "events", "evaluate"])
@pytest.mark.parametrize("name", ["nowhere.jsonl", ".", "a\0b", "x" * 300])
def test_a_file_that_cannot_be_opened_is_wrong_use(
    tocsin: Tocsin, tmp_path: Path, command: str, name: str
) -> None:
    """A slip in a name is told with the name."""
    done = tocsin(command, tmp_path / name)
    done.failed(2, "cannot be read")
    assert done.out == ""


# ── match ────────────────────────────────────────────────────────────────────────────────────


def test_a_match_names_the_query_the_words_and_the_sentence(tocsin: Tocsin) -> None:
    """The keys of the contract, no more and no less."""
    line = story(id=7, summary="It rained. Kyiv waits.")
    done = tocsin("match", "--query", "bayraktar AND kyiv", stdin=line + story(id=8))
    found, missed = done.rows
    [hit] = found["matches"]
    assert list(found) == ["id", "matches"]
    assert list(hit) == ["query", "terms", "sentence"]
    assert hit["query"] == "bayraktar AND kyiv"
    assert {term.casefold() for term in hit["terms"]} == {"bayraktar", "kyiv"}
    assert missed == {"id": 8, "matches": []}


def test_many_queries_come_from_a_file_and_may_share_a_name(tocsin: Tocsin, write: Write) -> None:
    """Each line is a query of its own, whatever it is called."""
    queries = write("queries.tsv", "one\tdrones\n\none\tukraine\n two \tturkey\r\nthree\train\n")
    [row] = tocsin("match", "--queries", queries, stdin=story()).rows
    assert sorted(match["query"] for match in row["matches"]) == ["one", "one", "two"]


@pytest.mark.parametrize("query", ["", "(drones", "drones AND", '"drones', "NOT drones", "*"])
def test_a_wrong_query_is_told_with_the_place(tocsin: Tocsin, query: str) -> None:
    """The mark shows where to look, and nothing is read."""
    done = tocsin("match", "--query", query, stdin=story())
    done.failed(2, "▸")
    assert done.out == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"one\tdrones\ntwo", "line 2"),
        (b"\tdrones", "line 1"),
        (b"one\tdrones\n\xff\tdrones", "line 2: this is not UTF-8"),
        (b"one\tdrones\ntwo\t(drones", "two: "),
    ],
)
def test_a_broken_line_among_the_queries_is_wrong_use(
    tocsin: Tocsin, write: Write, content: bytes, words: str
) -> None:
    """Half of the queries would answer something else than was asked."""
    done = tocsin("match", "--queries", write("queries.tsv", content), stdin=story())
    done.failed(2, words)
    assert done.out == ""


def test_one_way_of_giving_queries_is_wanted(tocsin: Tocsin, tmp_path: Path) -> None:
    """None and both are mistakes, and so is a file that is not there."""
    for options in ((), ("--query", "a", "--queries", "b")):
        tocsin("match", *options, stdin=story()).failed(2, "either --query or --queries")
    tocsin("match", "--queries", tmp_path / "nowhere", stdin=story()).failed(2, "nowhere")


# ── events ───────────────────────────────────────────────────────────────────────────────────


def test_stories_of_one_happening_bear_the_id_of_the_first(tocsin: Tocsin) -> None:
    """The keys of the contract; a broken line is told and takes part in nothing."""
    lines = story(id=1) + "{\n" + story(id="b") + story(id=3, title="Rain in Peru ends a drought")
    done = tocsin("events", stdin=lines)
    done.failed(1, "line 2: ")
    assert done.rows == [
        {"id": 1, "event": "1"},
        {"id": "b", "event": "1"},
        {"id": 3, "event": "3"},
    ]


def test_stories_without_an_id_have_events_of_their_own(tocsin: Tocsin) -> None:
    """Two strangers must not be taken for one."""
    lines = story(title="Rain in Peru ends a drought") + story(id=None) + story(id=2)
    first, second, third = tocsin("events", stdin=lines).rows
    assert first["event"] != second["event"] == third["event"]
