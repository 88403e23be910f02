"""The methods that change what is in a chat, and answer taps."""

import time
from dataclasses import replace
from typing import Final

from tests.botapi import errors
from tests.botapi.errors import ApiError, Json, bad_request
from tests.botapi.ledger import Answer, Edit, SentMessage, Version
from tests.botapi.markup import read_keyboard
from tests.botapi.registry import method
from tests.botapi.text import read_text, require_caption, require_text
from tests.botapi.wire import Params
from tests.botapi.world import World, make_version, show

_LONGEST_ANSWER: Final = 200


@method("editMessageText")
async def edit_message_text(world: World, params: Params) -> Json:
    """Change a text and its keyboard; a keyboard that is not given is removed."""
    content = require_text(read_text(params))
    sent = _editable(world, params)
    if sent.upload:
        raise ApiError(bad_request("there is no text in the message to edit"))
    return _edit(world, sent, make_version(content, read_keyboard(params)))


@method("editMessageCaption")
async def edit_message_caption(world: World, params: Params) -> Json:
    """Change a caption and its keyboard; a keyboard that is not given is removed."""
    content = require_caption(read_text(params, "caption"))
    sent = _editable(world, params)
    if not sent.upload:
        raise ApiError(bad_request("there is no caption in the message to edit"))
    return _edit(world, sent, make_version(content, read_keyboard(params)))


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(world: World, params: Params) -> Json:
    """Change or remove the keyboard alone."""
    sent = _editable(world, params)
    keyboard = read_keyboard(params)
    after = replace(sent.versions[-1], keyboard=keyboard, when=time.time())
    return _edit(world, sent, after)


@method("deleteMessage")
async def delete_message(world: World, params: Params) -> bool:
    """Delete a message."""
    chat = world.writable_chat(params)
    message_id = params.number("message_id") or 0
    if message_id not in chat.posts:
        raise ApiError(bad_request("message to delete not found"))
    sent = world.ledger.find(chat.id, message_id)
    if sent:
        sent.deleted = True
    elif chat.status(world.bot["id"]) != "administrator":
        raise ApiError(bad_request("message can't be deleted"))
    del chat.posts[message_id]
    world.pulse.beat()
    return True


@method("answerCallbackQuery")
async def answer_callback_query(world: World, params: Params) -> bool:
    """Answer a tap, once."""
    query_id = params.text("callback_query_id")
    if query_id not in world.queries or world.queries[query_id] is not None:
        raise ApiError(errors.QUERY_TOO_OLD)
    text = params.text("text")
    if len(text) > _LONGEST_ANSWER:
        raise ApiError(bad_request("MESSAGE_TOO_LONG"))
    answer = Answer(
        query_id=query_id,
        text=text,
        alert=params.flag("show_alert"),
        url=params.text("url"),
    )
    world.queries[query_id] = answer
    world.ledger.answers.append(answer)
    world.pulse.beat()
    return True


def _editable(world: World, params: Params) -> SentMessage:
    if world.limiter.limits.edits:
        world.limiter.arrive(time.monotonic())
    chat = world.writable_chat(params)
    message_id = params.number("message_id")
    if not message_id:
        raise ApiError(bad_request("message identifier is not specified"))
    sent = world.ledger.find(chat.id, message_id)
    if sent is None:
        known = message_id in chat.posts
        why = "message can't be edited" if known else "message to edit not found"
        raise ApiError(bad_request(why))
    return sent


def _edit(world: World, sent: SentMessage, after: Version) -> Json:
    before = sent.versions[-1]
    if _says(before) == _says(after):
        raise ApiError(errors.NOT_MODIFIED)
    if world.limiter.limits.edits:
        world.limiter.accept(sent.chat_id, world.chats[sent.chat_id].kind, time.monotonic())
    sent.versions.append(after)
    sent.json["edit_date"] = int(after.when)
    show(sent)
    world.ledger.edits.append(Edit(message=sent, before=before, after=after))
    world.pulse.beat()
    return sent.json


def _says(version: Version) -> tuple[object, ...]:
    return version.text, version.entities, version.keyboard
