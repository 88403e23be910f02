"""Words, concepts and features."""

import tomllib
import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifiers import concepts
from classifiers.concepts import Concepts
from classifiers.languages import LANGUAGES, UNKNOWN, language_of
from classifiers.remembered import LONGEST, Remembered
from classifiers.text import MAX_CONCEPTS, VALUES, features, find, read_story
from classifiers.vocabulary import EVERY, JOINTS, numbered
from classifiers.words import MAX_LETTERS, MAX_WORDS, fold, surfaces_of, words_of


def test_folding_ignores_case_accents_and_width() -> None:
    """The same word in other dress is the same word."""
    assert fold("SANCIÓN") == fold("sanción") == fold("sancio\u0301n") == "sancion"
    assert fold("Ｄｒｏｎｅ") == "drone"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """Folding is settled after one time for any word."""
    for folded in words_of(text).folded:
        assert fold(folded) == folded


@given(st.text(alphabet='aé1²_ \n\t.!…|-–"»$\u0301\uff9e\xa0', max_size=60))
def test_what_is_read_run_by_run_is_what_the_whole_text_says(text: str) -> None:
    """Words are read from blank to blank, yet are those of the text as it was written."""
    folded, sentences = words_of(text)
    assert folded == [fold(surface).replace(".", "") for surface in surfaces_of(text)]
    assert len(sentences) == len(folded)
    assert sentences == sorted(sentences)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        *(("a. b", True), ("a - b", True), ("a \n b", True), ("a\n b", True), ("a. - b", True)),
        *(("a.” b", True), ("a .b", False), ("a\nb", False), ("a-b", False), ("a, b", False)),
    ],
)
def test_a_mark_ends_a_sentence_by_what_stands_around_it(text: str, ends: bool) -> None:
    """A full stop before a blank ends a sentence, also where the blank parts what is read."""
    one, other = words_of(text).sentences
    assert (one != other) is ends


@given(st.text(max_size=300))
def test_words_stand_in_the_text_in_order(text: str) -> None:
    """Every word is a piece of the text, after the one before it."""
    end = 0
    for surface in surfaces_of(text):
        end = text.index(surface, end) + len(surface)


def test_the_state_is_not_the_pronoun() -> None:
    """US and us are different words; U.S. is the state."""
    state, dotted, pronoun = (words_of(text).folded[0] for text in ("US", "U.S.", "us"))
    assert state == dotted != pronoun


def test_sentences_are_counted() -> None:
    """A full stop ends a sentence; a decimal point and an abbreviation do not."""
    words = words_of("The U.S. paid $2.1 billion. Kyiv thanked.")
    sentence_of = dict(zip(words.folded, words.sentences, strict=True))
    assert (sentence_of["billion"], sentence_of["kyiv"]) == (0, 1)


def test_long_texts_are_bounded() -> None:
    """What stands far back is not read."""
    assert [len(each) for each in words_of("word " * 10_000)] == [MAX_WORDS] * 2
    (endless,) = surfaces_of("x" * 1_000_000)
    assert len(endless) == MAX_LETTERS


def test_whole_texts_without_a_blank_are_not_remembered() -> None:
    """What is too long is answered each time, so that hostile texts fill no memory."""
    lengths = Remembered(len)
    assert [lengths["x" * (LONGEST + 1)], lengths["x"]] == [LONGEST + 1, 1]
    assert list(lengths) == ["x"]


def test_forms_are_found_whole_at_the_beginning_inside_and_as_phrases() -> None:
    """The four ways to write a form find what they should, and no more."""
    lists = {"machine": {"en": "drone*, uav, sea baby, *drohne*"}, "model": {"is": "machine"}}
    found = Concepts(lists).find(["drones", "uavs", "uav", "sea", "baby", "sea", "kampfdrohnen"])
    assert found == [("machine", "machine", places) for places in ((0,), (2,), (3, 4), (6,))]


def test_a_narrow_concept_counts_as_its_broader_one() -> None:
    """A model of drone is a drone too."""
    assert {"c drone_model", "c drone", "t drone"} <= set(features("Shahed seen"))


@pytest.mark.parametrize(
    "title",
    [
        "Iran sends drones to Russia",
        "Іран передав Росії безпілотники",
        "Иран поставил России беспилотники",
        "Iran liefert Kampfdrohnen an Russland",
        "L’Iran livre des drones à la Russie",
        "Irán envía drones a Rusia",
        "Iran dostarczył Rosji drony",
    ],
)
def test_seven_languages_meet_in_the_same_concepts(title: str) -> None:
    """One statement gives the same concepts in each language."""
    assert {"c iran", "c send", "c drone", "c russia"} <= set(features(title))


def test_order_tells_who_does_what() -> None:
    """Sending drones and drones that send differ."""
    assert "n send>drone" in features("They send drones")
    assert "n send>drone" not in features("Drones send signals")


def test_pairs_stay_within_a_sentence() -> None:
    """Neighbouring words and concepts of two sentences make no pair."""
    found = features("Drones.", "Sanctions follow.")
    assert not any(name.startswith(("p drones", "s ", "n ")) for name in found)


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_has_features_that_know_their_words(title: str, summary: str) -> None:
    """Whatever a feed says, features have known kinds and places within the story."""
    story = read_story(title, summary)
    for name, places in find(story, concepts.shipped(), EVERY).occurrences():
        assert name[0] in VALUES
        assert places
        assert all(0 <= place < len(story.words.folded) for place in places)


@given(st.text(max_size=200))
@example("\u0627\u06530")
def test_normal_forms_have_equal_features(title: str) -> None:
    """A text composed or decomposed gives the same features."""
    composed = unicodedata.normalize("NFC", title)
    assert features(composed) == features(unicodedata.normalize("NFD", title))


def test_every_concept_list_names_known_concepts_and_languages() -> None:
    """``is`` points to a concept that some file has or to one that gathers several others."""
    lists: dict[str, dict[str, object]] = {}
    for path in concepts.FOLDER.glob("*.toml"):
        tables = tomllib.loads(path.read_text("utf-8"))
        assert not lists.keys() & tables.keys()
        lists |= tables
    broader = Counter(str(rows["is"]) for rows in lists.values() if "is" in rows)
    assert all(name in lists or count > 1 for name, count in broader.items())
    assert {key for rows in lists.values() for key in rows} == {"is", "whole", "names", *LANGUAGES}


def test_what_a_whole_phrase_covers_is_not_found_besides() -> None:
    """An adjective of origin tells nothing of supply; other phrases add to their words."""
    lists: dict[str, dict[str, Any]] = {
        "origin": {"whole": True, "en": "iranian/russian made drones"},
        "deal": {"en": "sells drones"},
        "drone": {"en": "drones"},
        "state": {"en": "iranian"},
    }
    found = Concepts(lists).find(["iranian", "made", "drones", "she", "sells", "drones"], "en")
    assert [(name, places) for name, _, places in found] == [
        ("origin", (0, 1, 2)),
        ("deal", (4, 5)),
        ("drone", (5,)),
    ]


def test_forms_of_one_language_are_not_looked_for_in_another() -> None:
    """French and English share letters, not meanings; an unknown language may be any."""
    lists = {"train": {"fr": "form*", "names": "nato"}}
    words = ["former", "nato"]
    found = {code: len(Concepts(lists).find(words, code)) for code in ("en", "fr", UNKNOWN)}
    assert found == {"en": 1, "fr": 2, UNKNOWN: 2}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("EU agrees new sanctions", "en"),
        ("Die Ukraine erhält neue Drohnen von der Bundeswehr", "de"),
        ("La France livre des drones à l'Ukraine", "fr"),
        ("La Unión Europea aprueba las sanciones", "es"),
        ("Rosja nie otrzyma części do dronów", "pl"),
        ("Україна отримала танки та ракети", "uk"),
        ("Россия заявила, что это не так", "ru"),
        ("Україна", UNKNOWN),
        ("", "en"),
    ],
)
def test_a_language_is_told_by_its_small_words(text: str, language: str) -> None:
    """Seven languages are told apart; what could be several is unknown."""
    assert language_of(words_of(text).folded) == language


def test_a_text_of_concepts_alone_has_bounded_features() -> None:
    """However many concepts a text has, those that make pairs are few enough for a moment."""
    text = "drone iran sanctions kyiv " * (MAX_WORDS // 4)
    listed = find(read_story(text, text), concepts.shipped(), EVERY).occurrences()
    counted = Counter(name[0] for name, _ in listed)
    assert counted["s"] <= MAX_CONCEPTS * (MAX_CONCEPTS - 1) / 2
    assert counted["n"] <= counted["s"]
    assert counted["q"] < MAX_CONCEPTS
    assert counted["w"] == 2 * MAX_WORDS


def test_numbered_features_are_those_that_have_the_names() -> None:
    """What training names and what the service looks up are the same features of a story."""
    story = read_story("Iran_now sends a_b c drones to Russia", "Kyiv: 5 drones for Ukraine. x_ y")
    every = find(story, concepts.shipped(), EVERY).occurrences()
    names = sorted({name for name, _ in every})
    assert {name[0] for name in names} == set(JOINTS) == set(VALUES)
    for kept in (names, names[::2]):
        found = find(story, concepts.shipped(), numbered(kept))
        assert {kept[number] for number in found.once()} == set(kept)
        assert [(kept[number], places) for number, places in found.occurrences()] == [
            (name, places) for name, places in every if name in kept
        ]
