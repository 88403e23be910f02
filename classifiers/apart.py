"""Tags stories in a process of its own, which keeps the model between two calls."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from classifiers import artifact
from classifiers.model import Verdict

_kept: Final = lru_cache(maxsize=1)(artifact.load)


def classify(folder: Path, version: str, stories: Sequence[tuple[str, str, str]]) -> list[Verdict]:
    """Tag stories, each a title, a summary and a language, by the model in ``folder``.

    Raises ModelError where that cannot be read, or is another than ``version`` by now.
    """
    model = _kept(folder)
    if model.version != version:
        _kept.cache_clear()
        raise artifact.ModelError(f"The model in {folder} is another by now.")
    return model.classify_many(stories)
