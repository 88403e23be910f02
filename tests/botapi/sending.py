"""The methods that put something new into a chat."""

import time
from dataclasses import dataclass, field
from typing import Final

from tests.botapi import errors
from tests.botapi.chats import Chat
from tests.botapi.errors import ApiError, Json, bad_request
from tests.botapi.ledger import SentMessage
from tests.botapi.markup import read_keyboard
from tests.botapi.registry import method
from tests.botapi.text import Formatted, read_text, require_caption, require_text
from tests.botapi.wire import Params, Upload
from tests.botapi.world import Draft, World

_ACTIONS: Final = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_LARGEST_PHOTO: Final = 10 * 2**20


@dataclass(frozen=True, slots=True)
class _Body:
    """What a message is made of; ``extra`` are the fields that its message object has besides."""

    content: Formatted
    extra: Json = field(default_factory=dict)
    upload: Upload | None = None


@method("sendMessage")
async def send_message(world: World, params: Params) -> Json:
    """Send a text."""
    world.limiter.arrive(time.monotonic())
    content = require_text(read_text(params))
    options = params.json("link_preview_options")
    extra: Json = {"link_preview_options": options} if options else {}
    return _send(world, params, "sendMessage", _Body(content, extra)).json


@method("sendPhoto")
async def send_photo(world: World, params: Params) -> Json:
    """Send a picture (PNG or JPEG) with a caption."""
    world.limiter.arrive(time.monotonic())
    upload = _read_upload(params, "photo")
    if not upload.body.startswith(_PICTURES) or len(upload.body) > _LARGEST_PHOTO:
        raise ApiError(bad_request("IMAGE_PROCESS_FAILED"))
    size = _file_json(upload) | {"width": 800, "height": 600}
    content = require_caption(read_text(params, "caption"))
    body = _Body(content, {"photo": [size]}, upload)
    return _send(world, params, "sendPhoto", body).json


@method("sendDocument")
async def send_document(world: World, params: Params) -> Json:
    """Send a file with a caption."""
    world.limiter.arrive(time.monotonic())
    upload = _read_upload(params, "document")
    names = {"file_name": upload.name, "mime_type": upload.content_type}
    content = require_caption(read_text(params, "caption"))
    body = _Body(content, {"document": _file_json(upload) | names}, upload)
    return _send(world, params, "sendDocument", body).json


@method("sendChatAction")
async def send_chat_action(world: World, params: Params) -> bool:
    """Show that the bot is busy."""
    chat = world.writable_chat(params)
    chat.require_thread(params.number("message_thread_id"))
    if params.text("action") not in _ACTIONS:
        raise ApiError(bad_request("wrong parameter action in request"))
    return True


def _send(world: World, params: Params, name: str, body: _Body) -> SentMessage:
    chat = world.writable_chat(params)
    draft = Draft(
        chat=chat,
        thread=chat.require_thread(params.number("message_thread_id")),
        method=name,
        content=body.content,
        keyboard=read_keyboard(params),
        extra=body.extra,
        upload=body.upload,
        reply_to=_reply_target(chat, params),
        silent=params.flag("disable_notification"),
    )
    world.limiter.accept(chat.id, chat.kind, time.monotonic())
    return world.publish(draft)


def _reply_target(chat: Chat, params: Params) -> int | None:
    reply = params.json("reply_parameters") or {}
    target = params.number("reply_to_message_id") or reply.get("message_id")
    if not target:
        return None
    if target in chat.posts:
        return int(target)
    lenient = reply.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply")
    if lenient:
        return None
    raise ApiError(errors.REPLY_NOT_FOUND)


def _read_upload(params: Params, name: str) -> Upload:
    upload = params.upload(name)
    if upload is None:
        raise ApiError(bad_request(f"there is no {name} in the request"))
    if not upload.body:
        raise ApiError(bad_request("file must be non-empty"))
    return upload


def _file_json(upload: Upload) -> Json:
    digest = f"{hash(upload.body) & 0xFFFFFFFF:08x}"
    return {
        "file_id": f"BQAC{digest}",
        "file_unique_id": f"Ag{digest}",
        "file_size": len(upload.body),
    }
