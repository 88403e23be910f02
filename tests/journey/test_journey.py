"""From a news feed to a Telegram chat, end to end, and what may break on the way."""

import asyncio
import random
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from tests.botapi.server import Fault
from tests.journey.conftest import NEWS, PATIENCE, World
from tests.journey.service import Service, settings
from tests.waiting import until

MARK = "possibly a repeat"

SILENT_NAME_SERVER = """
import socket, time

look_up = socket.getaddrinfo

def getaddrinfo(host, *args, **kwargs):
    if str(host).endswith(".example"):
        time.sleep(60)
    return look_up(host, *args, **kwargs)

socket.getaddrinfo = getaddrinfo
"""


async def test_a_story_that_appears_in_a_feed_arrives_in_the_chat_and_says_why(
    world: World,
) -> None:
    """Start, one tap, a new story, and within an interval and two seconds the alert."""
    await world.service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    user.chat.read_all()

    asked = len(world.publisher.asked("/feed"))
    world.publish(NEWS)
    alert = await user.next_message(PATIENCE)

    # Published between two readings, it is found by the next, and sent before the one after it;
    # one more for a machine that is busy.
    assert len(world.publisher.asked("/feed")) <= asked + 3
    assert NEWS.title in alert.text
    assert "The Example" in alert.text
    assert "Drone supply" in alert.text
    assert "drones" in alert.text.split("Drone supply")[1]
    assert NEWS.link in alert.links


async def test_what_was_in_a_feed_before_its_first_reading_never_alerts(world: World) -> None:
    """The backlog is stored and can be looked back on, but it is no news."""
    world.publish(NEWS)
    await world.service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    latest = await user.ask("/latest", PATIENCE)
    assert NEWS.title in latest.text
    assert not [each for each in user.messages if "Why" in each.buttons]


async def test_an_alert_can_be_asked_for_its_reasons(world: World) -> None:
    """``/why`` as a reply gives the words and the probability."""
    await world.service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    user.chat.read_all()
    world.publish(NEWS)
    alert = await user.next_message(PATIENCE)
    await user.send("/why", reply_to=alert)
    explanation = await user.next_message(PATIENCE)
    assert "drones" in explanation.text
    assert "%" in explanation.text


@pytest.mark.parametrize("seed", range(4))
async def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing_unmarked(
    world: World, seed: int
) -> None:
    """Between publication and arrival the service is killed; started again, it delivers."""
    await world.service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    world.publish(NEWS)
    await asyncio.sleep(random.Random(seed).uniform(0.0, 1.6))
    await world.service.kill()
    await world.service.start()

    def copies() -> list[str]:
        return [each.text for each in user.messages if NEWS.title in each.text]

    await until(copies)
    await world.feed_was_read()
    await world.feed_was_read()
    assert len(copies()) in {1, 2}
    assert all(MARK in text for text in copies()[1:])


async def test_a_kill_inside_the_send_is_repeated_once_and_the_repeat_says_so(
    world: World,
) -> None:
    """Telegram has the message, the service never heard so: one marked copy, no third."""
    await world.service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    world.telegram.fail_next("sendMessage", Fault.hang(30.0, accepted=True))
    world.publish(NEWS)
    await until(lambda: [each for each in user.messages if NEWS.title in each.text])
    await world.service.kill()
    await world.service.start()
    await until(lambda: [each for each in user.messages if MARK in each.text])
    await world.feed_was_read()
    await world.feed_was_read()
    texts = [each.text for each in user.messages if NEWS.title in each.text]
    assert [MARK in text for text in texts] == [False, True]


async def test_telegram_that_cannot_be_reached_at_the_start_is_waited_for(world: World) -> None:
    """The service reads feeds meanwhile, says what it waits for, and recovers by itself."""
    await world.telegram.stop()
    await world.service.start()
    await world.service.says("cannot be reached")
    await world.feed_was_read()
    await world.telegram.start()
    user = await world.subscriber()
    user.chat.read_all()
    world.publish(NEWS)
    alert = await user.next_message(PATIENCE)
    assert NEWS.title in alert.text


async def test_a_feed_that_cannot_be_reached_at_the_start_recovers_by_itself(
    world: World,
) -> None:
    """A dead publisher stops nothing, and its first answer is its backlog."""
    world.publisher.drop("/feed")
    await world.service.start()
    user = await world.subscriber()
    await until(lambda: world.publisher.asked("/feed"))
    world.publish()
    await world.feed_was_read()
    user.chat.read_all()
    world.publish(NEWS)
    alert = await user.next_message(PATIENCE)
    assert NEWS.title in alert.text


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_ends_the_service_within_five_seconds_and_without_a_fault(
    world: World, how: signal.Signals
) -> None:
    """Also with a request for updates and a subscriber under way."""
    await world.service.start()
    await world.subscriber()
    await world.feed_was_read()
    began = time.monotonic()
    assert await world.service.stop(how) == 0
    assert time.monotonic() - began < 5
    assert "Traceback" not in world.service.said


async def test_a_name_server_that_is_silent_delays_neither_alerts_nor_the_stop(
    world: World,
) -> None:
    """Looking up a name holds a thread that nobody can break off; others must not wait for it."""
    (world.folder / "sitecustomize.py").write_text(SILENT_NAME_SERVER)
    dead = [{"url": f"https://{n}.example/feed"} for n in range(12)]
    file = world.settings(*dead, polling={"concurrency": 16})
    env = {"TELEGRAM_BOT_TOKEN": world.telegram.token, "PYTHONPATH": str(world.folder)}
    service = Service(world.folder, file, env)
    await service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    user.chat.read_all()
    world.publish(NEWS)
    assert NEWS.title in (await user.next_message(15.0)).text
    began = time.monotonic()
    assert await service.stop() == 0
    assert time.monotonic() - began < 5


async def test_a_stop_while_telegram_hangs_takes_less_than_five_seconds(world: World) -> None:
    """What is in the air is waited for no longer than that, and sent again at the next start."""
    await world.service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    world.telegram.fail_next("*", Fault.hang(60.0), 99)
    world.publish(NEWS)
    await until(lambda: [each for each in user.messages if NEWS.title in each.text])
    await user.send("/help")
    began = time.monotonic()
    assert await world.service.stop() == 0
    assert time.monotonic() - began < 5
    assert "Traceback" not in world.service.said


async def test_a_token_that_telegram_refuses_ends_in_one_sentence(world: World) -> None:
    """Exit code 2, no traceback, no token."""
    token = "4243:another-canary-that-nobody-may-see"
    service = Service(world.folder, world.file, {"TELEGRAM_BOT_TOKEN": token})
    await service.start()
    assert await service.wait() == 2
    assert "does not accept the bot token" in service.errors
    assert "Traceback" not in service.said
    assert token not in service.said


async def test_a_second_service_is_kept_out_of_a_data_directory_in_use(world: World) -> None:
    """Two pollers would fight for the updates, and alert twice."""
    await world.service.start()
    await world.subscriber()
    second = Service(world.folder, world.file)
    await second.start()
    assert await second.wait() == 1
    assert "another Tocsin" in second.errors


async def test_without_a_token_alerts_are_printed(world: World) -> None:
    """The terminal is the one subscriber, and is told so."""
    service = Service(world.folder, world.file)
    await service.start()
    await service.says("TELEGRAM_BOT_TOKEN is not set")
    await world.feed_was_read()
    world.publish(NEWS)
    await service.says(NEWS.title)
    assert await service.stop() == 0
    assert NEWS.title in service.output
    assert "Drone supply" in service.output


async def test_whoever_opens_the_link_first_becomes_the_admin_and_nobody_after(
    world: World,
) -> None:
    """The link is printed once, works once, and is not offered again."""
    await world.service.start()
    said = await world.service.says("?start=claim-")
    code = said.split("?start=")[1].split()[0].strip(".")
    first, second = world.telegram.user(id=1), world.telegram.user(id=2)
    await first.start(code)
    assert "admin" in (await first.next_message(PATIENCE)).text
    await second.start(code)
    answer = await second.next_message(PATIENCE)
    await world.service.kill()
    with closing(sqlite3.connect(world.folder / "data" / "tocsin.db")) as database:
        assert database.execute("SELECT user_id FROM admins").fetchall() == [(1,)]
    assert "not" in answer.text or "no longer" in answer.text


async def test_the_token_is_nowhere_in_what_was_printed_or_stored(world: World) -> None:
    """Also not after failures of every kind, which like to quote addresses."""
    await world.service.start()
    user = await world.subscriber()
    await world.feed_was_read()
    world.telegram.fail_next("sendMessage", Fault.DROP_BEFORE)
    for fault in (Fault.DROP_BEFORE, Fault.BAD_GATEWAY, Fault.SERVER_ERROR):
        world.telegram.fail_next("getUpdates", fault)
    world.publish(NEWS)
    await until(lambda: [each for each in user.messages if NEWS.title in each.text], 60)
    await world.service.stop()
    stored = b"".join(path.read_bytes() for path in (world.folder / "data").rglob("*.db*"))
    secret = world.telegram.token.partition(":")[2]
    assert secret not in world.service.said
    assert secret.encode() not in stored


async def test_every_fault_of_the_settings_is_told_at_once(world: World) -> None:
    """Exit code 2, each key with what would be right."""
    file = settings(world.folder, [], polling={"interval_min": -1}, telegram={"acces": "open"})
    service = Service(world.folder, file, {"TOCSIN_WEB__LISTEN": "nowhere"})
    await service.start()
    assert await service.wait() == 2
    for key in ("polling.interval_min", "telegram.acces", "TOCSIN_WEB__LISTEN"):
        assert key in service.errors
