"""The topics that stories are tagged with, as ``topics.toml`` lists them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("topics.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """One topic: its name in commands, its title and meaning for people.

    A story is tagged when its probability, 0 to 1, reaches ``threshold``.
    """

    name: str
    title: str
    meaning: str
    threshold: float


@cache
def shipped() -> tuple[TopicSpec, ...]:
    """Read the topics that lie beside this file, once, in their order."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    return tuple(TopicSpec(name=name, **table) for name, table in tables.items())
