"""How fast is the frozen model, beside scikit-learn's own pipelines over the same features?

It fits scikit-learn's pipelines on the corpus (about ten seconds) and has both sides tag the same
stories: one by one, as a feed brings them, and all at once. A side reads title and summary and ends
with the probabilities of all topics; ours finds tags and explaining words besides. scikit-learn's
pipelines share the features of a story, which are found once. The ratios say how many times as
many stories ours tags in a second; the seconds hang on the machine.

Then a fresh interpreter, ten times over, loads the model and tags stories, and tells the median
seconds of loading (numpy included, and alone), and the most memory that it held, as Linux tells it
(``VmHWM``: what ``getrusage`` tells holds the parent's too). Run it with
``python benchmarks/classifying.py [STORIES]``: 500 unless given, at most 5,000.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from sklearn.pipeline import Pipeline

from classifiers import artifact, labelled, training
from classifiers.labelled import Item
from classifiers.model import Model
from classifiers.text import features

STORIES: Final = 500
MOST: Final = 5_000
STARTS: Final = 10

ONE_BY_ONE: Final = 5.0
"""Times the stories a second of scikit-learn that are aimed at, one by one."""

LOADING: Final = 0.3
"""Seconds that loading may take."""

MEMORY: Final = 90.0
"""MiB that a process may hold that only classifies."""

_FRESH: Final = """
import re, time
from pathlib import Path
start = time.perf_counter()
import numpy
numpy_there = time.perf_counter()
from classifiers import artifact, labelled
model = artifact.load()
there = time.perf_counter()
for item in labelled.corpus()[:1000]:
    model.classify(item.title, item.summary)
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(there - start, numpy_there - start, peak)
"""


def main() -> None:
    """Measure, and print the figures beside the aims."""
    wanted = min(int(sys.argv[1]) if sys.argv[1:] else STORIES, MOST)
    items = labelled.corpus()
    step = max(1, len(items) // wanted)
    stories = items[::step][:wanted]
    model = artifact.load()
    pipelines = training.fit(items, lambda *_: None).pipelines
    print(f"{len(stories)} stories of the corpus, stories a second")
    singly = _compare("one by one", stories, _ours_singly(model), _theirs_singly(pipelines))
    _compare("all at once", stories, _ours_at_once(model), _theirs_at_once(pipelines))
    loading, numpy_alone, memory = _fresh()
    print(f"loading in a fresh interpreter: {loading:.2f} s, of which numpy {numpy_alone:.2f} s")
    print(f"memory of a process that only classifies: {memory:.0f} MiB")
    _judge("one by one", singly, "times", held=singly >= ONE_BY_ONE, aim=f"{ONE_BY_ONE} or more")
    _judge("loading", loading, "s", held=loading <= LOADING, aim=f"{LOADING} or less")
    _judge("memory", memory, "MiB", held=memory <= MEMORY, aim=f"{MEMORY} or less")


_Way = Callable[[Sequence[Item]], object]


def _compare(name: str, stories: Sequence[Item], ours: _Way, theirs: _Way) -> float:
    """Print both rates and their ratio; each side goes once unmeasured, then three times."""
    rates = [_rate(way, stories) for way in (ours, theirs)]
    ratio = rates[0] / rates[1]
    print(f"  {name}: ours {rates[0]:,.0f}, scikit-learn {rates[1]:,.0f}, ratio {ratio:.2f}")
    return ratio


def _rate(way: _Way, stories: Sequence[Item]) -> float:
    way(stories)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        way(stories)
        taken.append(time.perf_counter() - start)
    return len(stories) / statistics.median(taken)


def _ours_singly(model: Model) -> _Way:
    return lambda stories: [model.classify(item.title, item.summary) for item in stories]


def _ours_at_once(model: Model) -> _Way:
    return lambda stories: model.classify_many([(item.title, item.summary, "") for item in stories])


def _theirs_singly(pipelines: Sequence[Pipeline]) -> _Way:
    together = _theirs_at_once(pipelines)
    return lambda stories: [together([item]) for item in stories]


def _theirs_at_once(pipelines: Sequence[Pipeline]) -> _Way:
    counting = pipelines[0][:-1]

    def tag(stories: Sequence[Item]) -> object:
        table = counting.transform([features(item.title, item.summary) for item in stories])
        return np.column_stack([each[-1].predict_proba(table)[:, 1] for each in pipelines])

    return tag


def _fresh() -> list[float]:
    """Give the median seconds of loading, those of numpy alone, and the most memory in MiB."""
    told = [
        subprocess.run([sys.executable, "-c", _FRESH], check=True, capture_output=True, text=True)  # noqa: S603 - our own words
        for _ in range(STARTS)
    ]
    columns = zip(*(map(float, each.stdout.split()) for each in told), strict=True)
    return [statistics.median(column) for column in columns]


def _judge(name: str, figure: float, unit: str, *, held: bool, aim: str) -> None:
    print(f"{name}: {figure:.2f} {unit}, aimed at {aim}: {'held' if held else 'MISSED'}")


if __name__ == "__main__":
    main()
