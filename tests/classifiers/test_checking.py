"""The check of the corpus: what is told twice, said too often, or labelled against the guide."""

from pathlib import Path

import pytest

from classifiers import checking
from classifiers.checking import Placed
from classifiers.labelled import Item


def placed(*stories: tuple[str, str, set[str]]) -> list[Placed]:
    """Place stories, given as title, summary and labels, on the lines of a file."""
    return [
        Placed(f"made, line {number}", Item(title=title, summary=text, labels=frozenset(labels)))
        for number, (title, text, labels) in enumerate(stories, start=1)
    ]


def test_the_shipped_corpus_has_no_fault() -> None:
    """What the classifier learns from passes its own check."""
    assert list(checking.faults(checking.stories())) == []


def test_a_story_told_twice_is_found() -> None:
    """A word or two changed makes no other story."""
    text = "The minister told reporters on Monday that nine lorries had crossed the border at dawn."
    other = text.replace("nine", "ten").replace("Monday", "Sunday")
    (fault,) = checking.faults(placed(("Lorries cross", text, set()), ("At dawn", other, set())))
    assert fault == "made, line 2 tells the story of made, line 1 again"


def test_reports_of_one_event_in_words_of_their_own_are_two_stories() -> None:
    """Shared names alone are no fault."""
    one = (
        "Kyiv mourns eight",
        "A missile fell on a market in Kostiantynivka on Friday.",
        set[str](),
    )
    other = ("Market hit in Kostiantynivka", "Eight people died, the mayor wrote.", set[str]())
    assert not list(checking.faults(placed(one, other)))


def test_a_title_used_again_is_found() -> None:
    """Case and marks make no other title."""
    (fault,) = checking.faults(placed(("Day 400", "One.", set()), ("DAY 400!", "Two.", set())))
    assert fault == "made, line 2 has the title of made, line 1"


@pytest.mark.parametrize("more", [0, 1])
def test_a_phrase_that_recurs_as_in_a_template_is_found(more: int) -> None:
    """Five words may recur in so many stories, and not in one more."""
    stories = [
        (f"{word} {word}", f"According to people in the know {word} left.", set[str]())
        for word in (chr(97 + number) * 4 for number in range(checking.RECURS + more))
    ]
    found = [fault for fault in checking.faults(placed(*stories)) if "stories" in fault]
    assert bool(found) is bool(more)


def test_labels_against_a_decided_case_are_found_with_file_and_line() -> None:
    """A case of the guide is told by name, with the story."""
    told = list(
        checking.faults(
            placed(
                ("Two firms put on the entity list", "", set()),
                ("Steel tariffs doubled", "Importers complain.", {"sanctions"}),
                ("Steel tariffs doubled again", "Unions cheer.", set()),
            )
        )
    )
    assert told == [
        'made, line 1 should carry Sanctions (entity_list): "Two firms put on the entity list"',
        'made, line 2 should not carry Sanctions (tariffs_alone): "Steel tariffs doubled"',
    ]


def test_the_balance_counts_topics_languages_files_and_summaries(tmp_path: Path) -> None:
    """Whoever adds stories sees what there is."""
    (tmp_path / "some.jsonl").write_text(
        '{"title": "A", "lang": "en", "labels": ["sanctions"]}\n{"title": "B", "labels": []}\n'
    )
    lines = list(checking.balance(checking.stories(tmp_path)))
    assert lines[0] == "2 stories"
    assert "by topic: sanctions 1, none 1" in lines
    assert "by file: some.jsonl 2" in lines
