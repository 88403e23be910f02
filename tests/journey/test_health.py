"""The health pages of the real service."""

import aiohttp

from tests.journey.conftest import PATIENCE, World
from tests.journey.service import Service, free_port, settings
from tests.waiting import until


async def test_the_pages_tell_that_the_service_lives_and_when_it_is_ready(world: World) -> None:
    """Alive at once, ready once model, Telegram and feeds are; figures for Prometheus."""
    port = free_port()
    feed = {"url": world.publisher.url("/feed")}
    file = settings(
        world.folder,
        [feed],
        telegram={"api_url": world.telegram.url},
        web={"listen": f"127.0.0.1:{port}"},
    )
    service = Service(world.folder, file, {"TELEGRAM_BOT_TOKEN": world.telegram.token})
    await service.start()
    await world.feed_was_read()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok")
        async with session.get("/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})
        async with session.get("/metrics") as answer:
            assert 'tocsin_feeds{state="healthy"} 1' in await answer.text()
    await service.kill()


async def test_a_taken_port_stops_the_health_pages_and_nothing_else(world: World) -> None:
    """Alerts matter more than the page that tells of them."""
    taken = world.telegram.url.removeprefix("http://")
    file = settings(
        world.folder,
        [{"url": world.publisher.url("/feed")}],
        telegram={"api_url": world.telegram.url},
        web={"listen": taken},
    )
    service = Service(world.folder, file, {"TELEGRAM_BOT_TOKEN": world.telegram.token})
    await service.start()
    await service.says("is taken by another program", PATIENCE)
    await until(lambda: world.publisher.asked("/feed"))
    assert await service.stop() == 0
