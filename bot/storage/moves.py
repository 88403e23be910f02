"""Statements that move a chat, with all that belongs to it, to a new id.

Telegram gives a group a new id when it becomes a supergroup, and tells it more than once: as an
answer to a message and as a message of its own. So the new chat may be there already.
"""

from sqlalchemy import Connection, Delete, Table, delete, exists, select, update

from bot.models import AlertState, ChatKind
from bot.storage.dialects import insert_or_update
from bot.storage.schema import chats, keyword_topics, moved_chats, outbox, subscriptions


def migrate_chat(connection: Connection, old_id: int, new_id: int) -> None:
    """Move a chat with all that belongs to it to a new id; nothing where it moved before."""
    there = set(connection.scalars(select(chats.c.id).where(chats.c.id.in_([old_id, new_id]))))
    if old_id not in there or old_id == new_id:
        return
    if new_id in there:
        _merge(connection, old_id, new_id)
    else:
        renamed = update(chats).where(chats.c.id == old_id)
        connection.execute(renamed.values(id=new_id, kind=ChatKind.SUPERGROUP))
    # A reading under way may still bring alerts for the old id.
    forwarded = insert_or_update(connection, moved_chats, ["old_id"], ["new_id"])
    connection.execute(forwarded, [{"old_id": old_id, "new_id": new_id}])


def _merge(connection: Connection, old_id: int, new_id: int) -> None:
    """Move what the new chat has not got yet, and drop the rest with the old chat."""
    # Of two copies of an alert, one that still waits goes: the other may have been sent.
    waiting = _copies(outbox, new_id, old_id, "thread", "key")
    connection.execute(waiting.where(outbox.c.state == AlertState.WAITING))
    for table, same in (
        (outbox, ("thread", "key")),
        (keyword_topics, ("folded",)),
        (subscriptions, ("thread", "topic")),
    ):
        connection.execute(_copies(table, old_id, new_id, *same))
        connection.execute(update(table).where(table.c.chat_id == old_id).values(chat_id=new_id))
    connection.execute(
        update(moved_chats).where(moved_chats.c.new_id == old_id).values(new_id=new_id)
    )
    connection.execute(delete(chats).where(chats.c.id == old_id))


def _copies(table: Table, chat_id: int, other_id: int, *same: str) -> Delete:
    """Delete the rows of a chat that another chat has as well."""
    other = table.alias()
    alike = [other.c[name] == table.c[name] for name in same]
    twin = exists().where(other.c.chat_id == other_id, *alike)
    return delete(table).where(table.c.chat_id == chat_id, twin)
