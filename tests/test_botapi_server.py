"""The strict Bot API server as a whole: its address, its token, and where it can run."""

import ast
import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest
from telegram import Bot
from telegram.error import InvalidToken

from tests.botapi.hosted import hosted
from tests.botapi.server import BotApiServer

ROOT = Path(__file__).parents[1]


def test_the_witness_is_independent() -> None:
    """The server shares no code with what it judges."""
    sources = list((ROOT / "tests" / "botapi").glob("*.py"))
    trees = [ast.parse(source.read_text(encoding="utf-8")) for source in sources]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    assert "aiohttp" in names
    assert not {name for name in names if name.split(".")[0] in {"bot", "classifiers", "config"}}


async def test_wrong_tokens_and_methods() -> None:
    """A wrong token is 401, a method that is not there 404."""
    async with BotApiServer() as server, httpx.AsyncClient() as client:
        wrong = await client.get(f"{server.url}/bot1:x/getMe")
        unknown = await client.get(f"{server.url}/bot{server.token}/getNothing")
        assert (wrong.status_code, wrong.json()["description"]) == (401, "Unauthorized")
        assert (unknown.status_code, unknown.json()["description"]) == (404, "Not Found")
        stranger = Bot("1:x", base_url=f"{server.url}/bot")
        with pytest.raises(InvalidToken):
            await stranger.initialize()
        await stranger.shutdown()


async def test_waiting_in_vain_tells_what_was_called() -> None:
    """A wait that ends without success names the last calls and their outcomes."""
    async with BotApiServer() as server, httpx.AsyncClient() as client:
        await client.get(f"{server.url}/bot{server.token}/getMe")
        with pytest.raises(TimeoutError, match="getMe None: ok"):
            await server.wait_for(lambda: server.messages(1), 0.05)


async def test_stopping_ends_what_hangs() -> None:
    """A long poll does not keep the server from stopping."""
    async with BotApiServer() as server, httpx.AsyncClient() as client:
        address = f"{server.url}/bot{server.token}/getUpdates?timeout=50"
        poll = asyncio.create_task(client.get(address))
        await server.wait_for(lambda: server.calls_of("getUpdates"))
        await asyncio.wait_for(server.stop(), 5)
        with pytest.raises(httpx.TransportError):
            await poll


def test_a_server_in_a_thread() -> None:
    """A test without an event loop can use the server and its people."""
    with hosted() as host:
        host.run(host.server.user(7).start())
        answer = httpx.get(f"{host.server.url}/bot{host.server.token}/getUpdates")
        assert answer.json()["result"][0]["message"]["text"] == "/start"


async def test_a_server_in_a_process() -> None:
    """By itself the server reads what a person writes and prints what the bot does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.botapi",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    where = json.loads(await process.stdout.readline())
    process.stdin.write(b"/start\n")
    async with Bot(where["token"], base_url=f"{where['url']}/bot") as bot:
        (update,) = await bot.get_updates(timeout=10)
        assert update.effective_chat
        await update.effective_chat.send_message("<b>hi</b>", parse_mode="HTML")
    assert json.loads(await process.stdout.readline())["html"] == "<b>hi</b>"
    process.stdin.close()
    assert await process.wait() == 0
