"""The one secret: the bot's token, from the environment or from a file, never from settings.

A file is better than a variable: the environment of a process can be read in /proc, in crash
dumps and in the description of a container.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from config.faults import Fault

VARIABLE: Final = "TELEGRAM_BOT_TOKEN"
FILE: Final = "TELEGRAM_BOT_TOKEN_FILE"
DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what ``LoadCredential=`` names (systemd.exec(5))."""

CREDENTIAL: Final = "telegram_bot_token"
_LARGEST: Final = 4096
"""Bytes of a token file that are read; tokens have about 46."""

_REMEDY: Final = "give the token as BotFather wrote it, such as 123456:ABC-DEF"


def find_token(environ: Mapping[str, str]) -> tuple[SecretStr | None, list[Fault]]:
    """Find the bot's token; None where none is given, and faults where it cannot be used."""
    given = _given(environ)
    if len(given) > 1:
        others = " and ".join(list(given)[1:])
        return None, [Fault(next(iter(given)), f"stands beside {others}", "give only one of them")]
    for key, place in given.items():
        return _read(key, place)
    return None, []


def _given(environ: Mapping[str, str]) -> dict[str, str | Path]:
    """Give each way in which a token was handed over: the text itself, or its file."""
    given: dict[str, str | Path] = {}
    if text := environ.get(VARIABLE, "").strip():
        given[VARIABLE] = text
    if named := environ.get(FILE, "").strip():
        given[FILE] = Path(named)
    if folder := environ.get(DIRECTORY, "").strip():
        credential = Path(folder) / CREDENTIAL
        if _stands(credential):
            given[f"${DIRECTORY}/{CREDENTIAL}"] = credential
    return given


def _stands(credential: Path) -> bool:
    """Tell whether a credential is there; one that is but cannot be had is a fault later."""
    try:
        credential.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _read(key: str, place: str | Path) -> tuple[SecretStr | None, list[Fault]]:
    try:
        text = place if isinstance(place, str) else _content(place)
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        return None, [Fault(key, "names a file that cannot be read", why)]
    except (ValueError, RuntimeError):
        # Without the error's own text, which may quote the file.
        return None, [Fault(key, "names a file that holds no token", _REMEDY)]
    if problem := _problem(text):
        return None, [Fault(key, problem, _REMEDY)]
    return SecretStr(text), []


def _content(path: Path) -> str:
    with path.expanduser().open("rb") as opened:
        content = opened.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("too long for a token")
    return content.decode("utf-8-sig").strip()


def _problem(token: str) -> str:
    """Tell what cannot be right in a token: it becomes part of the path of an address."""
    if not token:
        return "holds no token"
    if any(c.isspace() for c in token):
        return "holds a blank or a line break within the token"
    if "/" in token:
        return "holds a slash"
    if not (token.isascii() and token.isprintable()):
        return "holds a character that no token has"
    return ""
