"""Vocabularies: which features count, and what each is known by.

A feature is a kind and its parts, ``("n", "send", "drone")``, written ``n send>drone``. A
vocabulary is a tree with a branch for each part, so that a story's features are looked up by words
and concepts as they are: names are made in training alone, and what is unknown costs one look.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from sys import intern
from typing import Any, Final

JOINTS: Final = {"w": "", "p": "_", "c": "", "t": "", "s": "+", "n": ">", "q": ">>"}
"""What stands between the parts of a feature's name, by kind."""

Vocabulary = Mapping[str, Any]
"""By kind, then part by part with ``get``: what the feature is known by, nothing if it is not."""


class _Naming:
    """A branch of the vocabulary that knows every feature, by its name."""

    __slots__ = ("_joints", "_start")

    def __init__(self, start: str, joints: str) -> None:
        self._start: Final = start
        self._joints: Final = joints

    def get(self, part: str, _default: object = None) -> "_Naming | str":
        """Follow the branch of a part, or give the whole name at its end."""
        name = self._start + part
        return _Naming(name + self._joints[0], self._joints[1:]) if self._joints else name


EVERY: Final[Vocabulary] = {kind: _Naming(f"{kind} ", joints) for kind, joints in JOINTS.items()}
"""The vocabulary of training: it knows every feature by its name."""


def numbered(names: Sequence[str]) -> Vocabulary:
    """Give the vocabulary that knows these features, each by its place among the names."""
    tree: dict[str, Any] = {kind: {} for kind in JOINTS}
    for number, name in enumerate(names):
        for parts in _readings(name[2:], JOINTS[name[0]]):
            branch = tree[name[0]]
            for part in parts[:-1]:
                branch = branch.setdefault(part, {})
            branch[parts[-1]] = number
    return tree


def _readings(name: str, joints: str) -> Iterator[list[str]]:
    """Give the ways to part a name: there are more than one where a word has an underscore."""
    parts = name.split(joints[0]) if joints else [name]
    if len(parts) == len(joints) + 1:
        yield list(map(intern, parts))
        return
    for cuts in combinations([at for at, mark in enumerate(name) if mark in joints], len(joints)):
        ends = zip((-1, *cuts), (*cuts, len(name)), strict=True)
        yield [intern(name[start + 1 : end]) for start, end in ends]
