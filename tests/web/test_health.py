"""The HTTP pages for other programs, asked over real connections on loopback."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest

from bot.errors import StorageError, TocsinError
from bot.web.health import HealthServer


class Service:
    """What the pages ask: state that a test sets."""

    def __init__(self) -> None:
        """Begin with everything well."""
        self.wrong: dict[str, str] = {"storage": ""}
        self.error: Exception | None = None
        self.hangs = False

    async def checks(self) -> Mapping[str, str]:
        """Tell what is wrong."""
        await self._trouble()
        return self.wrong

    async def metrics(self) -> str:
        """Tell the figures."""
        await self._trouble()
        return "tocsin_feeds 3\n"

    async def _trouble(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
def service() -> Service:
    """Give a service in which everything is well."""
    return Service()


@pytest.fixture
async def server(service: Service) -> AsyncIterator[HealthServer]:
    """Serve it on a free port of loopback."""
    server = HealthServer("127.0.0.1", 0, service.checks, service.metrics)
    server._patience = 0.05
    await server.start()
    yield server
    await server.stop()


async def ask(server: HealthServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Give status, content type and text of a page."""
    url = f"http://127.0.0.1:{server.port}{path}"
    async with aiohttp.ClientSession() as session, session.request(method, url) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_alive_is_ok_whatever_else_is_wrong(server: HealthServer, service: Service) -> None:
    """/healthz asks nothing of the service."""
    service.hangs = True
    status, _, text = await ask(server, "/healthz")
    assert (status, text) == (200, "ok")


async def test_ready_when_nothing_is_wrong(server: HealthServer) -> None:
    """/readyz is 200 with no reasons."""
    assert await ask(server, "/readyz") == (
        200,
        "application/json; charset=utf-8",
        '{"ready": true, "reasons": []}',
    )


async def test_not_ready_says_why(server: HealthServer, service: Service) -> None:
    """/readyz is 503 with what is wrong, and only that."""
    service.wrong = {"storage": "", "telegram": "the token is refused"}
    status, _, text = await ask(server, "/readyz")
    assert (status, text) == (
        503,
        '{"ready": false, "reasons": ["telegram: the token is refused"]}',
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (StorageError("the disk is full"), "the disk is full"),
        (RuntimeError("secret"), "the checks failed with RuntimeError"),
    ],
)
async def test_checks_that_fail_are_a_reason(
    server: HealthServer, service: Service, error: Exception, reason: str
) -> None:
    """A check that breaks makes the service unready, and tells no more than is safe."""
    service.error = error
    status, _, text = await ask(server, "/readyz")
    assert status == 503
    assert f'["{reason}"]' in text


async def test_checks_that_hang_are_a_reason(server: HealthServer, service: Service) -> None:
    """The answer comes although what it asks does not."""
    service.hangs = True
    status, _, text = await ask(server, "/readyz")
    assert status == 503
    assert "no answer within 0.05 seconds" in text


async def test_metrics_are_in_the_text_format(server: HealthServer) -> None:
    """/metrics passes the text on under its content type."""
    assert await ask(server, "/metrics") == (
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        "tocsin_feeds 3\n",
    )


async def test_metrics_that_cannot_be_had_are_503(server: HealthServer, service: Service) -> None:
    """A scraper sees a failure, and no half figures."""
    service.error = StorageError("the disk is full")
    assert (await ask(server, "/metrics"))[0] == 503
    service.hangs = True
    status, _, text = await ask(server, "/metrics")
    assert (status, text) == (503, "no figures within 0.05 seconds\n")


async def test_nothing_else_is_served(server: HealthServer) -> None:
    """Other pages are not found, and nothing can be changed from outside."""
    assert (await ask(server, "/"))[0] == 404
    assert (await ask(server, "/healthz", "POST"))[0] == 405
    assert (await ask(server, "/healthz", "HEAD"))[0] == 200


async def test_a_taken_port_is_told_in_a_sentence(server: HealthServer, service: Service) -> None:
    """The second server on a port says so and can be stopped."""
    second = HealthServer("127.0.0.1", server.port, service.checks, service.metrics)
    with pytest.raises(TocsinError, match=rf"127.0.0.1:{server.port} is taken by another program"):
        await second.start()
    await second.stop()


async def test_an_address_of_another_machine_is_told_in_a_sentence(service: Service) -> None:
    """An address that this machine does not have is refused, not replaced by all addresses."""
    far = HealthServer("192.0.2.1", 0, service.checks, service.metrics)
    with pytest.raises(TocsinError, match=r"192\.0\.2\.1:0 cannot be served on"):
        await far.start()


async def test_only_the_given_address_is_bound(server: HealthServer) -> None:
    """Other addresses of the machine, here another of loopback, do not answer."""
    with socket.socket() as probe:
        probe.settimeout(1)
        assert probe.connect_ex(("127.0.0.2", server.port)) != 0


async def test_the_port_is_free_after_the_stop(service: Service) -> None:
    """A service can be started again at once, and stopped twice."""
    server = HealthServer("127.0.0.1", 0, service.checks, service.metrics)
    await server.start()
    again = HealthServer("127.0.0.1", server.port, service.checks, service.metrics)
    await server.stop()
    await server.stop()
    await again.start()
    assert (await ask(again, "/healthz"))[0] == 200
    await again.stop()


async def test_no_access_is_logged(server: HealthServer, caplog: pytest.LogCaptureFixture) -> None:
    """Being asked every few seconds leaves no trace in the log."""
    caplog.set_level(logging.DEBUG, logger="aiohttp")
    await ask(server, "/healthz")
    assert not [record for record in caplog.records if record.name.startswith("aiohttp")]
