"""What can go wrong between a bot and Telegram, on order."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from aiohttp import web

from tests.botapi.errors import INTERNAL, Json, Refusal, too_many_requests
from tests.botapi.ledger import Call

_HTML = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    "<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)
_LINGER_ZERO = struct.pack("ii", 1, 0)

Selector = str | Callable[[Call], bool]
"""Which calls a fault is for: a method, ``*`` for all but getUpdates, or a predicate."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail. ``accepted``: the call is carried out before things go wrong.

    ``how`` is one of ``drop`` (the connection is closed), ``reset`` (closed with RST), ``half``
    (half an answer, then closed), ``page`` (502 with an HTML page), ``late`` (the true answer, or
    none where nothing was carried out, after ``seconds``) and ``answer`` (``refusal``).
    """

    how: str
    accepted: bool = False
    seconds: float = 0.0
    refusal: Refusal | None = None

    DROP_BEFORE: ClassVar["Fault"]
    DROP_AFTER: ClassVar["Fault"]
    RESET_BEFORE: ClassVar["Fault"]
    RESET_AFTER: ClassVar["Fault"]
    HALF_ANSWER: ClassVar["Fault"]
    BAD_GATEWAY: ClassVar["Fault"]
    BAD_GATEWAY_AFTER: ClassVar["Fault"]
    SERVER_ERROR: ClassVar["Fault"]
    SERVER_ERROR_AFTER: ClassVar["Fault"]

    @staticmethod
    def hang(seconds: float, *, accepted: bool = True) -> "Fault":
        """Answer only after ``seconds``; where nothing was accepted, close then without answer."""
        return Fault("late", accepted=accepted, seconds=seconds)

    @staticmethod
    def too_many(retry_after: int) -> "Fault":
        """Refuse with 429 and ``retry_after`` seconds, once for each time of the fault."""
        return Fault("answer", refusal=too_many_requests(retry_after))

    @staticmethod
    def answer(status: int, description: str, **parameters: object) -> "Fault":
        """Refuse with a status, a description and ResponseParameters."""
        return Fault("answer", refusal=Refusal(status, description, parameters))

    async def strike(self, request: web.Request, body: Json) -> web.StreamResponse:
        """Do to the connection of ``request`` what this fault does; ``body`` is the true answer."""
        match self.how:
            case "page":
                return web.Response(status=502, text=_HTML, content_type="text/html")
            case "answer" if self.refusal:
                return web.json_response(self.refusal.answer(), status=self.refusal.status)
            case "half":
                return await _answer_half(request)
            case "late":
                await asyncio.sleep(self.seconds)
                if self.accepted:
                    return web.json_response(body, status=body.get("error_code", 200))
        return cut(request, reset=self.how == "reset")


Fault.DROP_BEFORE = Fault("drop")
Fault.DROP_AFTER = Fault("drop", accepted=True)
Fault.RESET_BEFORE = Fault("reset")
Fault.RESET_AFTER = Fault("reset", accepted=True)
Fault.HALF_ANSWER = Fault("half", accepted=True)
Fault.BAD_GATEWAY = Fault("page")
Fault.BAD_GATEWAY_AFTER = Fault("page", accepted=True)
Fault.SERVER_ERROR = Fault("answer", refusal=INTERNAL)
Fault.SERVER_ERROR_AFTER = Fault("answer", accepted=True, refusal=INTERNAL)


def cut(request: web.Request, *, reset: bool = False) -> web.Response:
    """Close the connection of a request at once; the response given back goes nowhere."""
    transport = request.transport
    if transport is not None:
        if reset:
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        transport.abort()
    return web.Response()


async def _answer_half(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = 1000
    await response.prepare(request)
    await response.write(b'{"ok": true, "result": {"message_id"')
    cut(request)
    return response


@dataclass(slots=True, eq=False)
class Planned:
    """A fault that is queued: ``used`` counts how often it struck; ``cancel`` takes it back."""

    selector: Selector
    fault: Fault
    times: int
    used: int = field(default=0, init=False)

    def matches(self, call: Call) -> bool:
        """Tell whether this fault is to strike ``call``."""
        if self.used >= self.times:
            return False
        if callable(self.selector):
            return self.selector(call)
        wanted = self.selector.lower()
        return call.method.lower() == wanted or (wanted == "*" and call.method != "getUpdates")

    def cancel(self) -> None:
        """Let no more calls fail of this."""
        self.times = self.used


class Faults:
    """The faults that wait for their call, first come, first served."""

    def __init__(self) -> None:
        """Begin with none."""
        self._planned: list[Planned] = []

    def plan(self, selector: Selector, fault: Fault, times: int = 1) -> Planned:
        """Queue a fault for the next ``times`` calls that ``selector`` names."""
        planned = Planned(selector, fault, times)
        self._planned.append(planned)
        return planned

    def take(self, call: Call) -> Fault | None:
        """Give the fault that is to strike ``call``, if any, and count it."""
        self._planned = [planned for planned in self._planned if planned.used < planned.times]
        for planned in self._planned:
            if planned.matches(call):
                planned.used += 1
                return planned.fault
        return None
