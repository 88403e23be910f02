"""What holds for all tests."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.models import ChatKind, Source
from bot.storage.store import open_store
from tests.builders import NOW
from tests.route import HERE, THERE, Route

# Decisions are tested, not the speed of a busy machine.
settings.register_profile("tocsin", deadline=None)
settings.load_profile("tocsin")

# The library's old form of a waiting time warns, and warnings are errors.
os.environ["PTB_TIMEDELTA"] = "1"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes by its place: what a packer writes differs from second to second.

    Processes that share the tests must give each the same name.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture
async def route(tmp_path: Path) -> AsyncIterator[Route]:
    """Make a route with two feeds that were read once, empty, and one subscriber."""
    store = await open_store(f"sqlite:///{tmp_path / 'tocsin.db'}")
    made = Route(store)
    await store.sync_sources([Source(url=HERE), Source(url=THERE)], NOW)
    await store.ensure_chat(7, ChatKind.PRIVATE, NOW)
    await store.follow(7, 0, ["drone_supply"])
    await made.poll(HERE)
    await made.poll(THERE)
    yield made
    await store.close()
