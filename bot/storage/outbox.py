"""Statements about the outbox: what is owed, what is being sent, and what became of it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, case, exists, func, or_, select, update

from bot.models import AlertState, OwedAlert, Scope
from bot.rules.delivery import Verdict
from bot.storage.columns import from_text, to_text
from bot.storage.dialects import insert_or_update
from bot.storage.moves import migrate_chat
from bot.storage.rows import owed_of, tagged_stories
from bot.storage.schema import chats, feeds, meta, outbox, stories

_HELD_UNTIL: Final = "not_before"
"""The key in ``meta`` of the time before which the bot may send nothing."""

_WAITS: Final = outbox.c.state == AlertState.WAITING
_IN_THE_AIR: Final = outbox.c.state == AlertState.SENDING


def due_alerts(connection: Connection, now: datetime, limit: int) -> list[OwedAlert]:
    """Give, for each chat that may be written to, its oldest waiting alert that is due.

    Where that one is not due, those behind it in the chat are not either: order is kept.
    """
    held_until = _held_until(connection)
    if held_until and held_until > now:
        return []
    busy = select(outbox.c.chat_id).where(_IN_THE_AIR)
    statement = (
        _heads()
        .where(
            or_(chats.c.not_before.is_(None), chats.c.not_before <= now),
            or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now),
            outbox.c.chat_id.not_in(busy),
        )
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return _owed(connection, statement)


def claim(connection: Connection, alert_id: int, now: datetime) -> bool:
    """Mark a waiting alert as being sent; false where it no longer waits or its chat is silent."""
    awake = exists().where(chats.c.id == outbox.c.chat_id, chats.c.suspended == "")
    claimed = connection.execute(
        update(outbox)
        .where(outbox.c.id == alert_id, _WAITS, awake)
        .values(state=AlertState.SENDING, attempts=outbox.c.attempts + 1, claimed_at=now)
    )
    return claimed.rowcount == 1


def settle(connection: Connection, owed: OwedAlert, verdict: Verdict, now: datetime) -> None:
    """Store what became of an attempt, with what it means for chat and bot.

    Only an alert that is being sent is changed: a chat may have been forgotten meanwhile.
    """
    connection.execute(
        update(outbox)
        .where(outbox.c.id == owed.id, _IN_THE_AIR)
        .values(
            state=verdict.state,
            not_before=verdict.not_before,
            doubts=verdict.doubts,
            message_id=verdict.message_id,
            text=verdict.text,
            sent_at=now if verdict.state is AlertState.SENT else None,
            why=verdict.why,
        )
    )
    if verdict.not_before and verdict.hold is not Scope.ALERT:
        _hold(connection, verdict.hold, owed.chat.id, verdict.not_before)
    if verdict.suspend:
        suspend_chat(connection, owed.chat.id, verdict.suspend)
    if verdict.moved_to is not None:
        migrate_chat(connection, owed.chat.id, verdict.moved_to)


def sending(connection: Connection) -> list[OwedAlert]:
    """Give the alerts that are marked as being sent, the oldest first."""
    return _owed(connection, _alerts().where(_IN_THE_AIR).order_by(outbox.c.id))


def next_alert_due(connection: Connection) -> datetime | None:
    """Tell when the next waiting alert falls due, past or future; None where none waits.

    The alerts of suspended chats wait for no time. One behind a send in the air counts as due.
    """
    at = func.coalesce(outbox.c.not_before, outbox.c.created)
    allowed = case((chats.c.not_before > at, chats.c.not_before), else_=at)
    due: datetime | None = connection.scalar(_heads().with_only_columns(func.min(allowed)))
    held_until = _held_until(connection)
    return max(due, held_until) if due and held_until else due


def alert_counts(connection: Connection) -> dict[AlertState, int]:
    """Count the alerts in each state; states without any are left out."""
    rows = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {AlertState(state): count for state, count in rows}


def sent_alert(connection: Connection, chat_id: int, message_id: int) -> OwedAlert | None:
    """Find the alert that a message in a chat was; None where it was none."""
    here = and_(outbox.c.chat_id == chat_id, outbox.c.message_id == message_id)
    found = _owed(connection, _alerts().where(here).order_by(outbox.c.id.desc()).limit(1))
    return found[0] if found else None


def alert(connection: Connection, chat_id: int, alert_id: int) -> OwedAlert | None:
    """Find an alert of a chat by its id, sent or not; None where there is none."""
    here = and_(outbox.c.chat_id == chat_id, outbox.c.id == alert_id)
    found = _owed(connection, _alerts().where(here))
    return found[0] if found else None


def suspend_chat(connection: Connection, chat_id: int, why: str) -> None:
    """Send nothing more to a chat until it speaks again."""
    silent = update(chats).where(chats.c.id == chat_id).values(suspended=why or "not said why")
    connection.execute(silent)


def _alerts() -> Select[Any]:
    """Select alerts with all that their messages are made of."""
    joined = outbox.join(chats).join(stories).join(feeds)
    return select(outbox, chats, stories, feeds).select_from(joined)


def _heads() -> Select[Any]:
    """Select the oldest waiting alert of each chat that is not suspended."""
    heads = select(func.min(outbox.c.id)).where(_WAITS).group_by(outbox.c.chat_id)
    return _alerts().where(outbox.c.id.in_(heads), chats.c.suspended == "")


def _owed(connection: Connection, statement: Select[Any]) -> list[OwedAlert]:
    rows = connection.execute(statement).mappings().all()
    tagged = tagged_stories(connection, rows)
    return [owed_of(row, each) for row, each in zip(rows, tagged, strict=True)]


def _held_until(connection: Connection) -> datetime | None:
    text = connection.scalar(select(meta.c.value).where(meta.c.key == _HELD_UNTIL))
    return from_text(text) if text else None


def _hold(connection: Connection, scope: Scope, chat_id: int, until: datetime) -> None:
    """Let a chat or the whole bot wait; never shorter than it has to already."""
    if scope is Scope.CHAT:
        shorter = or_(chats.c.not_before.is_(None), chats.c.not_before < until)
        held = update(chats).where(chats.c.id == chat_id, shorter).values(not_before=until)
        connection.execute(held)
        return
    before = _held_until(connection)
    row = {"key": _HELD_UNTIL, "value": to_text(max(until, before or until))}
    connection.execute(insert_or_update(connection, meta, ["key"], ["value"]), [row])
