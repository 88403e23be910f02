"""The methods about the bot itself, its updates, its chats and their members."""

import re
from typing import Any, Final

from tests.botapi.chats import ADMINS, Member
from tests.botapi.errors import ApiError, Json, bad_request
from tests.botapi.registry import Method, method
from tests.botapi.wire import Params
from tests.botapi.world import World

_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_LONGEST_COMMAND_TEXT: Final = 256
_MOST_COMMANDS: Final = 100
_TEXTS: Final = (
    ("Name", "name", 64),
    ("Description", "description", 512),
    ("ShortDescription", "short_description", 120),
)


@method("getMe")
async def get_me(world: World, _params: Params) -> Json:
    """Tell who the bot is."""
    return world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("getUpdates")
async def get_updates(world: World, params: Params) -> list[Json]:
    """Give the next updates by long polling."""
    if "allowed_updates" in params:
        world.updates.allow(params.json("allowed_updates"))
    world.updates.confirm(params.number("offset") or 0)
    limit = params.number("limit")
    return await world.updates.fetch(100 if limit is None else limit, params.number("timeout") or 0)


@method("deleteWebhook")
async def delete_webhook(world: World, params: Params) -> bool:
    """Do without a webhook, which there never is; forget waiting updates if asked to."""
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    return True


@method("getWebhookInfo")
async def get_webhook_info(world: World, _params: Params) -> Json:
    """Tell that there is no webhook."""
    waiting = len(world.updates.waiting)
    return {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}


@method("setMyCommands")
async def set_my_commands(world: World, params: Params) -> bool:
    """Set the commands that clients offer."""
    commands = params.json("commands")
    if not isinstance(commands, list) or len(commands) > _MOST_COMMANDS:
        raise ApiError(bad_request("BOT_COMMANDS_TOO_MUCH"))
    for command in commands:
        _check_command(command)
    world.profile.commands[_scope(params)] = commands
    world.pulse.beat()
    return True


@method("getMyCommands")
async def get_my_commands(world: World, params: Params) -> list[Json]:
    """Give the commands of a scope and language."""
    return world.profile.commands.get(_scope(params), [])


@method("deleteMyCommands")
async def delete_my_commands(world: World, params: Params) -> bool:
    """Forget the commands of a scope and language."""
    world.profile.commands.pop(_scope(params), None)
    return True


@method("getChat")
async def get_chat(world: World, params: Params) -> Json:
    """Describe a chat."""
    return world.find_chat(params).full_json


@method("getChatMember")
async def get_chat_member(world: World, params: Params) -> Json:
    """Tell somebody's standing in a chat."""
    chat = world.find_chat(params)
    user_id = params.number("user_id") or 0
    if user_id in chat.members:
        return chat.members[user_id].json
    if user_id not in world.users:
        raise ApiError(bad_request("user not found"))
    return Member(world.users[user_id], "left").json


@method("getChatAdministrators")
async def get_chat_administrators(world: World, params: Params) -> list[Json]:
    """Give the admins of a group or channel, without other bots."""
    chat = world.find_chat(params)
    if chat.kind == "private":
        raise ApiError(bad_request("there are no administrators in the private chat"))
    return [member.json for member in chat.members.values() if member.status in ADMINS]


@method("leaveChat")
async def leave_chat(world: World, params: Params) -> bool:
    """Leave a group or channel."""
    chat = world.find_chat(params)
    if chat.kind == "private":
        raise ApiError(bad_request("chat member status can't be changed in private chats"))
    chat.put(world.bot, "left")
    world.pulse.beat()
    return True


def _check_command(command: Any) -> None:
    given = command if isinstance(command, dict) else {}
    if not _COMMAND.fullmatch(str(given.get("command", "")).removeprefix("/")):
        raise ApiError(bad_request("BOT_COMMAND_INVALID"))
    if not 1 <= len(str(given.get("description", ""))) <= _LONGEST_COMMAND_TEXT:
        raise ApiError(bad_request("BOT_COMMAND_DESCRIPTION_INVALID"))


def _scope(params: Params) -> str:
    scope = params.json("scope") or {"type": "default"}
    parts = [str(scope.get(name, "")) for name in ("type", "chat_id", "user_id")]
    return ":".join([*parts, params.text("language_code")])


def _setter(name: str, longest: int) -> Method:
    async def set_text(world: World, params: Params) -> bool:
        text = params.text(name)
        if len(text) > longest:
            raise ApiError(bad_request(f"{name.replace('_', ' ')} is too long"))
        world.profile.texts[name] = text
        return True

    return set_text


def _getter(name: str) -> Method:
    async def get_text(world: World, _params: Params) -> Json:
        return {name: world.profile.texts.get(name, "")}

    return get_text


for _suffix, _name, _longest in _TEXTS:
    method(f"setMy{_suffix}")(_setter(_name, _longest))
    method(f"getMy{_suffix}")(_getter(_name))
