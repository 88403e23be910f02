"""One contract, every database.

SQLite always takes part; PostgreSQL does where TOCSIN_TEST_POSTGRES holds the address of a database
in which the tests may make schemas of their own.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from bot.ports import Store
from bot.storage.dialects import parse_url
from bot.storage.store import SqlStore, open_store

POSTGRES = os.environ.get("TOCSIN_TEST_POSTGRES", "")
BACKENDS = [
    "sqlite",
    *([pytest.param("postgresql", marks=pytest.mark.postgres)] if POSTGRES else []),
]

Open = Callable[[], Awaitable[Store]]


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of the tests that need a PostgreSQL server."""
    config.addinivalue_line("markers", "postgres: needs TOCSIN_TEST_POSTGRES, a PostgreSQL server")


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of an empty database that is the test's own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'tocsin.db'}"
        return
    schema = f"tocsin_{uuid4().hex}"
    engine = create_engine(parse_url(POSTGRES))
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        address = engine.url.update_query_dict({"options": f"-csearch_path={schema}"})
        yield address.render_as_string(hide_password=False)
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        engine.dispose()


@pytest.fixture
async def open_another(url: str) -> AsyncIterator[Open]:
    """Give a function that opens the database once more, as another process would."""
    async with AsyncExitStack() as opened:

        async def open_it() -> Store:
            store: SqlStore = await open_store(url)
            opened.push_async_callback(store.close)
            return store

        yield open_it


@pytest.fixture
async def store(open_another: Open) -> Store:
    """Give an open, empty store."""
    return await open_another()
