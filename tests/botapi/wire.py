"""The parameters of a call, however they were sent: query, form, multipart or JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.botapi.errors import ApiError, bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    body: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Params:
    """The parameters of one call; a value is text (forms) or already decoded (JSON bodies)."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        """Tell whether a parameter was given at all."""
        return self.values.get(name) is not None

    def text(self, name: str) -> str:
        """Give a text parameter; empty where it was not given. Refuses what is no UTF-8."""
        value = self.values.get(name)
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ApiError(bad_request("strings must be encoded in UTF-8")) from None
        return text

    def number(self, name: str) -> int | None:
        """Give an integer parameter; None where it was not given."""
        if name not in self:
            return None
        try:
            return int(self.text(name))
        except ValueError:
            raise ApiError(bad_request(f"{name} is invalid")) from None

    def flag(self, name: str) -> bool:
        """Give a boolean parameter; false where it was not given."""
        return self.text(name).lower() in {"true", "1", "yes"}

    def json(self, name: str) -> Any:
        """Give a JSON parameter decoded; None where it was not given or is empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise ApiError(bad_request(f"can't parse {name} JSON object")) from None

    def upload(self, name: str) -> Upload | None:
        """Give the file of a parameter: sent under its name, or referred to as attach://."""
        value = self.values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self.files.get(value.removeprefix("attach://"))
        return self.files.get(name)


async def read_params(request: web.Request) -> Params:
    """Read the parameters of a call from wherever they are."""
    values: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= await _read_object(request)
    elif request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.filename, value.file.read(), value.content_type)
            else:
                values[name] = value
    return Params(values, files)


async def _read_object(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(bad_request("can't parse request JSON object"))
    return body
