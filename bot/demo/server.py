"""Serves the demo's feeds on loopback and brings their stories out one after the other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from aiohttp import ETag, web

from bot.demo.documents import render
from bot.demo.stories import Outlet, Script, script
from bot.models import Source

LOOPBACK: Final = "127.0.0.1"
INTERVAL: Final = timedelta(seconds=1)
"""How often the demo's feeds are read: so often that a visitor sees the alerts come in."""


class SampleFeeds:
    """Three feeds on a free port of this machine, in RSS 2.0, Atom and JSON Feed.

    The schedule counts from ``start``. A feed's first answer holds its backlog alone, however
    late it is asked for, since a first reading alerts to nothing.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Take the clock that the schedule runs by; its times are aware."""
        self._now = now
        self._script: Script = script()
        self._outlets = {f"/{outlet.key}": outlet for outlet in self._script.outlets}
        self._asked: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._start: datetime | None = None
        self._port = 0

    @property
    def length(self) -> timedelta:
        """How long after the start the last story comes out."""
        return self._script.length

    async def start(self) -> None:
        """Begin to serve, and start the schedule."""
        application = web.Application()
        application.add_routes([web.get(path, self._serve) for path in self._outlets])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, 0).start()
        self._port = self._runner.addresses[0][1]
        self._start = self._now()

    async def stop(self) -> None:
        """End serving; without effect where it was not begun."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    def sources(self) -> tuple[Source, ...]:
        """Give the three feeds as sources to poll; only once serving has begun.

        Raises RuntimeError before ``start``.
        """
        if self._start is None:
            raise RuntimeError("the sample feeds have an address only once they are served")
        return tuple(self._source(path, outlet) for path, outlet in self._outlets.items())

    def _source(self, path: str, outlet: Outlet) -> Source:
        topics = {
            t for story in self._script.stories if story.outlet == outlet.key for t in story.expect
        }
        return Source(
            url=f"http://{LOOPBACK}:{self._port}{path}",
            name=outlet.name,
            country=outlet.country,
            owner=outlet.owner,
            lang=outlet.lang,
            topics=tuple(sorted(topics)),
            interval=INTERVAL,
        )

    async def _serve(self, request: web.Request) -> web.Response:
        start = self._start or self._now()
        outlet = self._outlets[request.path]
        out = self._script.out(outlet, self._elapsed(request.path, start))
        document = render(outlet, out, start)
        etag = blake2b(document.body, digest_size=8).hexdigest()
        known = any(asked.value in {etag, "*"} for asked in request.if_none_match or ())
        answer = (
            web.Response(status=304) if known else _answer(document.body, document.content_type)
        )
        answer.etag = ETag(value=etag)
        return answer

    def _elapsed(self, path: str, start: datetime) -> timedelta:
        """Tell how far the schedule has come for a feed: not at all when it is first asked."""
        if path in self._asked:
            return self._now() - start
        self._asked.add(path)
        return timedelta()


def _answer(body: bytes, content_type: str) -> web.Response:
    return web.Response(body=body, content_type=content_type, charset="utf-8")
