"""A publisher's server for tests and trials: it serves feeds as publishers do, badly if asked to.

Run it by hand over a folder of documents: ``python -m tests.feedserver.server FOLDER [PORT]``.
It knows nothing of the program that is tested with it.
"""

import asyncio
import gzip
import hashlib
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Self
from urllib.parse import quote, unquote

from aiohttp import web

TYPES = {
    ".json": "application/feed+json",
    ".atom": "application/atom+xml",
    ".html": "text/html; charset=utf-8",
}
"""Content types by the end of a file's name; any other is taken for RSS."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it arrived; ``when`` is in seconds of the monotonic clock.

    ``at`` is the time of the server's own clock.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    when: float
    at: datetime

    @property
    def conditional(self) -> bool:
        """Whether it asked for the document only if that had changed."""
        return "If-None-Match" in self.headers or "If-Modified-Since" in self.headers


@dataclass(kw_only=True)
class Page:
    """What is answered at a path.

    ``delay`` is in seconds before the answer; ``drip`` is how many bytes go out at once and the
    seconds between; ``encoding`` is the name of a content coding that ``body`` is already in;
    ``endless`` repeats the body until the client goes; ``dropped`` ends the connection after so
    many bytes of the body, or before any answer where it is -1.
    """

    body: bytes = b""
    content_type: str = "application/rss+xml"
    status: int = 200
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: tuple[int, float] | None = None
    encoding: str = ""
    endless: bool = False
    dropped: int | None = None

    def not_modified(self, headers: Mapping[str, str]) -> bool:
        """Tell whether the client has this already; the ETag decides where both are asked."""
        if self.status != 200:
            return False
        if "If-None-Match" in headers:
            return headers["If-None-Match"] == self.etag
        since = headers.get("If-Modified-Since")
        return since is not None and since == self.last_modified

    def answer_headers(self) -> dict[str, str]:
        """Give the headers of the answer."""
        named = {
            "Content-Type": self.content_type,
            "ETag": self.etag,
            "Last-Modified": self.last_modified,
            "Content-Encoding": self.encoding,
        }
        return {name: value for name, value in named.items() if value} | dict(self.headers)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the body in the pieces that it goes out in."""
        size, pause = self.drip or (64 * 1024, 0.0)
        while True:
            for start in range(0, len(self.body), size):
                yield self.body[start : start + size]
                await asyncio.sleep(pause)
            if not self.endless:
                return


class FeedServer:
    """Serves pages on loopback at a free port, and keeps what was asked of it.

    ``requests`` lists what arrived; ``peak`` is the most requests that were in flight at once;
    ``now`` is the clock that they are dated by.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.requests: list[Request] = []
        self.in_flight = 0
        self.peak = 0
        self._host = host
        self._port = port
        self._now = now
        self._pages: dict[str, Page] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, whatever is still being sent."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def port(self) -> int:
        """The port that is listened at."""
        return self._port

    def url(self, path: str) -> str:
        """Give the address of a path."""
        return f"http://{self._host}:{self._port}{quote(path, safe='/?&=%')}"

    def asked(self, path: str) -> list[Request]:
        """Give the requests for a path, in the order of their coming."""
        return [request for request in self.requests if request.path == path]

    def serve(  # noqa: PLR0913 - one keyword for each thing that a publisher can do
        self,
        path: str,
        body: bytes | str,
        *,
        content_type: str = "application/rss+xml",
        etag: bool | str = True,
        last_modified: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        delay: float = 0.0,
        drip: tuple[int, float] | None = None,
        compress: bool = False,
    ) -> str:
        """Answer at ``path`` with ``body`` from now on; give the address.

        ``etag`` is True for one made of the body, or the very text. ``compress`` sends it gzipped.
        """
        whole = body.encode() if isinstance(body, str) else body
        made = f'"{hashlib.sha256(whole).hexdigest()[:16]}"' if etag is True else etag or None
        self._pages[path] = Page(
            body=gzip.compress(whole) if compress else whole,
            content_type=content_type,
            status=status,
            etag=made,
            last_modified=last_modified,
            headers=headers or {},
            delay=delay,
            drip=drip,
            encoding="gzip" if compress else "",
        )
        return self.url(path)

    def redirect(self, path: str, to: str, *, status: int = 302) -> str:
        """Send who asks at ``path`` to another address."""
        return self.serve(path, b"", status=status, etag=False, headers={"Location": to})

    def serve_bomb(self, path: str, size: int) -> str:
        """Answer with a small gzip that unfolds to ``size`` bytes, whole MiB of them."""
        packer = zlib.compressobj(wbits=31)  # 31: in gzip's wrapping
        parts = [packer.compress(bytes(2**20)) for _ in range(size // 2**20)]
        self._pages[path] = Page(body=b"".join([*parts, packer.flush()]), encoding="gzip")
        return self.url(path)

    def serve_endless(self, path: str, piece: bytes = b" " * 65536) -> str:
        """Answer with ``piece`` again and again, without an end."""
        self._pages[path] = Page(body=piece, endless=True)
        return self.url(path)

    def drop(self, path: str, *, body: bytes = b"", after: int = -1) -> str:
        """End the connection after so many bytes of the body; before any answer by default."""
        headers = {"Content-Length": str(len(body))}
        self._pages[path] = Page(body=body, dropped=after, headers=headers)
        return self.url(path)

    def remove(self, path: str) -> None:
        """Answer 404 at ``path`` from now on."""
        self._pages.pop(path, None)

    def serve_directory(self, folder: Path) -> list[str]:
        """Serve every file of a folder under its name; give the addresses by name."""
        files = sorted(file for file in folder.iterdir() if file.is_file())
        return [
            self.serve(
                f"/{file.name}",
                file.read_bytes(),
                content_type=TYPES.get(file.suffix, "application/rss+xml"),
            )
            for file in files
        ]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = unquote(request.path_qs)
        self.requests.append(
            Request(
                method=request.method,
                path=path,
                headers=request.headers.copy(),
                when=monotonic(),
                at=self._now(),
            )
        )
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            return await self._respond(request, self._pages.get(path) or Page(status=404))
        finally:
            self.in_flight -= 1

    async def _respond(self, request: web.Request, page: Page) -> web.StreamResponse:
        await asyncio.sleep(page.delay)
        if page.dropped == -1:
            _cut_off(request)
            return web.Response()
        if page.not_modified(request.headers):
            return web.Response(status=304, headers=page.answer_headers())
        response = web.StreamResponse(status=page.status, headers=page.answer_headers())
        if page.dropped is None and not page.endless:
            response.content_length = len(page.body)
        try:
            await response.prepare(request)
            await self._send(request, response, page)
        except ConnectionError:  # the client has gone, as it may
            _cut_off(request)
        return response

    @staticmethod
    async def _send(request: web.Request, response: web.StreamResponse, page: Page) -> None:
        if page.dropped is not None:
            await response.write(page.body[: page.dropped])
            _cut_off(request)
            return
        async for chunk in page.chunks():
            await response.write(chunk)
        await response.write_eof()


def _cut_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _main(folder: str, port: str = "0") -> None:
    async with FeedServer(port=int(port)) as server:
        for address in server.serve_directory(Path(folder)):
            sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
