"""What careful polling remembers: where feeds moved to, how they fare, what stories are known by.

The verdicts on a story move into its row, as they are only ever read together with it; ``tags``
keeps the topics by which stories are looked up.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.rules.polling import host_of
from bot.storage.columns import Exact, Serial, Utc, Words
from bot.storage.rows import chunks

revision = "0002"
down_revision = "0001"

_FEEDS = sa.table("feeds", sa.column("id"), sa.column("url"), sa.column("host"))
_STORIES = sa.table(
    "stories", sa.column("id"), sa.column("feed_id"), sa.column("verdicts", sa.JSON)
)
_SIGNATURES = sa.table("story_signatures", sa.column("story_id"), sa.column("feed_id"))
_TAGS = sa.table(
    "tags",
    sa.column("story_id"),
    sa.column("topic"),
    sa.column("position"),
    sa.column("probability"),
    sa.column("tagged", sa.Boolean),
    sa.column("words", sa.JSON),
)


def upgrade() -> None:
    """Add the columns, and move what is stored into them."""
    _feeds()
    _feed_changes()
    _stories()
    _signatures()
    _tags()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, Words, nullable=False, server_default="")


def _feeds() -> None:
    for name in ("folder", "host", "address", "moving_to", "trouble"):
        op.add_column("feeds", _text(name))
    op.add_column("feeds", sa.Column("moves", sa.Integer, nullable=False, server_default="0"))
    op.add_column("feeds", sa.Column("pace", sa.JSON))
    op.add_column("feeds", sa.Column("validators_url", Exact))
    op.add_column("feeds", sa.Column("empty_since", Utc))
    stored = op.get_bind().execute(sa.select(_FEEDS.c.id, _FEEDS.c.url)).all()
    hosts = [{"feed": id_, "host": host_of(url)} for id_, url in stored]
    _change(sa.update(_FEEDS).where(_FEEDS.c.id == sa.bindparam("feed")), hosts)


def _feed_changes() -> None:
    op.create_table(
        "feed_changes",
        sa.Column("id", Serial, nullable=False),
        sa.Column("feed_id", Serial, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("trouble", Words, nullable=False),
        sa.Column("why", Words, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed_changes"),
        sa.ForeignKeyConstraint(
            ["feed_id"],
            ["feeds.id"],
            name="fk_feed_changes_feed_id_feeds",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_changes_feed_id", "feed_changes", ["feed_id"])
    op.create_index("ix_feed_changes_told_id", "feed_changes", ["told", "id"])


def _stories() -> None:
    for name in ("outlet", "guid_key", "link_key", "title_key"):
        op.add_column("stories", _text(name))
    op.add_column("stories", sa.Column("verdicts", sa.JSON, nullable=False, server_default="[]"))
    op.drop_index("ix_stories_feed_id", "stories")
    for key in ("guid_key", "link_key", "title_key"):
        op.create_index(f"ix_stories_feed_id_{key}", "stories", ["feed_id", key])


def _signatures() -> None:
    op.add_column(
        "story_signatures", sa.Column("feed_id", Serial, nullable=False, server_default="0")
    )
    feed = sa.select(_STORIES.c.feed_id).where(_STORIES.c.id == _SIGNATURES.c.story_id)
    op.execute(sa.update(_SIGNATURES).values(feed_id=feed.scalar_subquery()))


def _tags() -> None:
    rows = ({"story": id_, "verdicts": verdicts} for id_, verdicts in _verdicts())
    judged = sa.update(_STORIES).where(_STORIES.c.id == sa.bindparam("story"))
    for chunk in chunks(rows, 1000):
        _change(judged, chunk)
    op.execute(sa.delete(_TAGS).where(~_TAGS.c.tagged))
    for name in ("position", "probability", "tagged", "words"):
        op.drop_column("tags", name)


def _verdicts() -> Iterator[tuple[str, list[list[Any]]]]:
    """Give the verdicts on each story that has any, in the order of the topics."""
    columns = (_TAGS.c.topic, _TAGS.c.probability, _TAGS.c.tagged, _TAGS.c.words)
    ordered = sa.select(_TAGS.c.story_id, *columns).order_by(_TAGS.c.story_id, _TAGS.c.position)
    # On the question alone: on the connection it would turn what follows into cursors, too.
    found = op.get_bind().execute(ordered.execution_options(yield_per=1000))
    for story, rows in groupby(found, key=lambda row: row.story_id):
        yield story, [list(row[1:]) for row in rows]


def _change(statement: sa.Update, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.get_bind().execute(statement, rows)
