"""A small trained model, shared: a sixth of the corpus learns the topics in a second."""

from pathlib import Path

import pytest

from classifiers import artifact, labelled, training
from classifiers.labelled import Item
from classifiers.model import Model


@pytest.fixture(scope="session")
def stories() -> list[Item]:
    """Every sixth story of the corpus, which keeps its languages and kinds."""
    return labelled.corpus()[::6]


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory, stories: list[Item]) -> Path:
    """A directory with a trained model, not to be changed."""
    folder = tmp_path_factory.mktemp("model")
    training.train(folder, items=stories)
    return folder


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Model:
    """The small model, loaded as the service loads it."""
    return artifact.load(model_dir)
