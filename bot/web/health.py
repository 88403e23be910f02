"""Tells other programs how the service is: ``/healthz``, ``/readyz`` and ``/metrics``.

It answers on the one address that it was given and nowhere else, and writes no access log. What
is asked for is told by functions that are handed in, each with a few seconds' time, so that a
database that hangs is reported and does not make the report hang.
"""

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiohttp import web

from bot.errors import TocsinError
from bot.web.metrics import METRICS_TYPE

PATIENCE: Final = 5.0
"""Seconds that the checks, or the metrics, may take."""

_FAREWELL: Final = 1.0  # seconds for answers in flight at the end; the whole stop has four


class HealthServer:
    """The HTTP side of the service, small enough to answer whatever else goes on."""

    def __init__(
        self,
        host: str,
        port: int,
        checks: Callable[[], Awaitable[Mapping[str, str]]],
        metrics: Callable[[], Awaitable[str]],
    ) -> None:
        """Prepare to serve on one address; port 0 takes any port.

        ``checks`` gives for each thing checked what is wrong with it, empty where nothing is.
        ``metrics`` gives the text of ``bot.web.metrics.render_metrics``.
        """
        self._host, self._port = host, port
        self._checks = checks
        self._metrics = metrics
        self._patience = PATIENCE
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that is served on; before ``start``, the one that was asked for."""
        if self._runner is None:
            return self._port
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Begin to answer.

        Raises:
            TocsinError: the address cannot be had, mostly because another program holds it.
        """
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics_page)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_FAREWELL)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            raise TocsinError(_refusal(self._host, self._port, error)) from error
        self._runner = runner

    async def stop(self) -> None:
        """Answer no more and free the port; without a start before, do nothing."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _readyz(self, _request: web.Request) -> web.Response:
        reasons = await self._reasons()
        told = {"ready": not reasons, "reasons": reasons}
        return web.json_response(told, status=503 if reasons else 200)

    async def _reasons(self) -> list[str]:
        try:
            async with asyncio.timeout(self._patience):
                found = await self._checks()
        except TimeoutError:
            return [f"the checks gave no answer within {self._patience:g} seconds"]
        except TocsinError as error:
            return [str(error)]
        except Exception as error:  # noqa: BLE001 - a check that breaks is a reason not to be ready
            return [f"the checks failed with {type(error).__name__}"]
        return [f"{name}: {wrong}" for name, wrong in found.items() if wrong]

    async def _metrics_page(self, _request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(self._patience):
                text = await self._metrics()
        except (TimeoutError, TocsinError) as error:
            why = str(error) or f"no figures within {self._patience:g} seconds"
            return web.Response(text=f"{why}\n", status=503)
        return web.Response(body=text.encode(), headers={"Content-Type": METRICS_TYPE})


def _refusal(host: str, port: int, error: OSError) -> str:
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"web.listen {listen} is taken by another program: stop that or set another port"
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return f"web.listen {listen} cannot be served on: {why}"
