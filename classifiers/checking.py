"""Checks the corpus: ``python -m classifiers.checking`` tells its faults, or its balance.

What is looked for makes held-out figures too good or labels doubtful: stories told twice, phrases
that recur as in a template, and labels against cases that the labelling guide decides.
"""

import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple

from classifiers import labelled, topics
from classifiers.labelled import Item
from classifiers.words import words_of

SIMILAR: Final = 0.25
"""The share of common three-word sequences (Jaccard) from which two stories are one told twice.

Different reports of one event stay below 0.2.
"""

PHRASE: Final = 5
RECURS: Final = 10
"""How many stories may share a sequence of five words: "what we know on day" is said in nine."""

DECIDED: Final = Path(__file__).with_name("decided.toml")

_RUN: Final = 3
_COMMON: Final = 20
"""A sequence of this many stories is idiom, and no sign that two of them are one."""

_NEVER: Final = "(?!)"
_Run = tuple[str, ...]


class Placed(NamedTuple):
    """A story of the corpus and where it stands."""

    place: str
    item: Item


def stories(folder: Path = labelled.CORPUS) -> list[Placed]:
    """Read all stories of a folder; raises ItemError where a line is none."""
    return [
        Placed(f"{path.name}, line {number}", item)
        for path in sorted(folder.glob("*.jsonl"))
        for number, item in enumerate(labelled.read_file(path), start=1)
    ]


def faults(placed: Sequence[Placed]) -> Iterator[str]:
    """Give a sentence for each fault of a corpus."""
    yield from _told_twice(placed)
    yield from _recurring(placed)
    yield from _against_the_guide(placed)


def balance(placed: Sequence[Placed]) -> Iterator[str]:
    """Give lines that tell how many stories there are of each sort."""
    yield f"{len(placed)} stories"
    counted = {
        "topic": Counter(topic for _, item in placed for topic in item.labels or ["none"]),
        "language": Counter(item.lang for _, item in placed),
        "file": Counter(place.partition(",")[0] for place, _ in placed),
        "summary": Counter("with" if item.summary else "without" for _, item in placed),
    }
    for sort, counts in counted.items():
        yield f"by {sort}: " + ", ".join(f"{name} {many}" for name, many in counts.most_common())


def _told_twice(placed: Sequence[Placed]) -> Iterator[str]:
    runs = [set(_runs(item, _RUN)) for _, item in placed]
    for (one, other), shared in sorted(_sharing(runs).items()):
        if shared >= SIMILAR * len(runs[one] | runs[other]):
            yield f"{placed[other].place} tells the story of {placed[one].place} again"
    titles: dict[str, str] = {}
    for place, item in placed:
        title = " ".join(words_of(item.title).folded)
        if before := titles.get(title):
            yield f"{place} has the title of {before}"
        titles[title] = place


def _sharing(runs: Sequence[set[_Run]]) -> Mapping[tuple[int, int], int]:
    """Count, for two stories, the rarer sequences that both have."""
    having: dict[_Run, list[int]] = defaultdict(list)
    for number, each in enumerate(runs):
        for run in each:
            having[run].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in having.values():
        if len(numbers) <= _COMMON:
            shared.update(combinations(numbers, 2))
    return shared


def _recurring(placed: Sequence[Placed]) -> Iterator[str]:
    counted = Counter(run for _, item in placed for run in set(_runs(item, PHRASE)))
    for run, many in counted.items():
        if many > RECURS:
            yield f'"{" ".join(run)}" stands in {many} stories; at most {RECURS} may share it'


def _against_the_guide(placed: Sequence[Placed]) -> Iterator[str]:
    for name, case in tomllib.loads(DECIDED.read_text("utf-8")).items():
        title = next(topic.title for topic in topics.shipped() if topic.name == case["topic"])
        should = "should carry" if case["carries"] else "should not carry"
        for place, item in placed:
            if _decides(case, item) and (case["topic"] in item.labels) is not case["carries"]:
                yield f'{place} {should} {title} ({name}): "{item.title}"'


def _decides(case: Mapping[str, Any], item: Item) -> bool:
    text = f"{item.title}. {item.summary}"
    said, excused = (
        re.search(case.get(key, _NEVER), text, re.IGNORECASE) for key in ("says", "unless")
    )
    return bool(said) and not excused and item.title not in case.get("looked_at", ())


def _runs(item: Item, length: int) -> Iterable[_Run]:
    words = words_of(f"{item.title}. {item.summary}").folded
    return (tuple(words[at : at + length]) for at in range(len(words) - length + 1))


def main() -> int:
    """Print faults and balance; 1 where there are faults."""
    placed = stories()
    found = list(faults(placed))
    sys.stderr.writelines(f"{sentence}\n" for sentence in found)
    sys.stdout.writelines(f"{line}\n" for line in balance(placed))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
