"""Keyboards under messages: what Telegram accepts."""

from typing import Any, Final

from tests.botapi.errors import ApiError, Json, bad_request
from tests.botapi.urls import checked_url
from tests.botapi.wire import Params

Keyboard = tuple[tuple[Json, ...], ...]

_ACTIONS: Final = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_OTHER_MARKUPS: Final = ("keyboard", "remove_keyboard", "force_reply")
_LONGEST_DATA: Final = 64
_MOST_BUTTONS: Final = 100


def read_keyboard(params: Params) -> Keyboard:
    """Read the inline keyboard of a call; empty where there is none. Raises ApiError 400."""
    markup = params.json("reply_markup")
    if markup is None:
        return ()
    if not isinstance(markup, dict):
        raise ApiError(bad_request("object expected as reply markup"))
    if "inline_keyboard" not in markup:
        if markup and not any(name in markup for name in _OTHER_MARKUPS):
            raise ApiError(bad_request("can't parse reply markup JSON object"))
        return ()
    return _checked_rows(markup["inline_keyboard"])


def _checked_rows(rows: Any) -> Keyboard:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ApiError(bad_request('field "inline_keyboard" must be of type Array of Arrays'))
    if sum(map(len, rows)) > _MOST_BUTTONS:
        raise ApiError(bad_request("reply markup is too long"))
    return tuple(tuple(map(_checked_button, row)) for row in rows if row)


def _checked_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise _refused("expected an Object")
    if "text" not in button:
        raise _refused('Can\'t find field "text"')
    if not isinstance(button["text"], str) or not button["text"].strip():
        raise _refused('Field "text" must be a non-empty String')
    actions = [name for name in _ACTIONS if _acts(button, name)]
    if not actions:
        raise _refused("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _refused(f"more than one action: {', '.join(actions)}")
    _check_action(button, actions[0])
    return button


def _check_action(button: Json, action: str) -> None:
    if action == "callback_data":
        data = button[action]
        if not isinstance(data, str) or len(data.encode()) > _LONGEST_DATA:
            raise ApiError(bad_request("BUTTON_DATA_INVALID"))
    if action == "url":
        try:
            checked_url(str(button[action]))
        except ValueError as error:
            why = f"inline keyboard button URL '{button[action]}' is invalid: {error}"
            raise ApiError(bad_request(why)) from error


def _acts(button: Json, name: str) -> bool:
    """Tell whether a button has an action; only a switch to inline mode may be empty text."""
    value = button.get(name)
    return value is not None and (value != "" or name.startswith("switch_inline_query"))


def _refused(why: str) -> ApiError:
    return ApiError(bad_request(f"can't parse inline keyboard button: {why}"))
