"""The server by itself: lines typed are what a person writes, lines printed what the bot does.

The first line printed is ``{"url", "token"}``, the others are accepted messages and edits as JSON.
A typed ``tap LABEL`` taps a button of the last message.
"""

import argparse
import asyncio
import json
import sys

from tests.botapi.ledger import SentMessage
from tests.botapi.server import BotApiServer, User

_FOREVER = 10.0**9


def main() -> None:
    """Serve until the input ends or the process is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.botapi", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any)")
    parser.add_argument("--user", type=int, default=1001, help="id of the person who types")
    options = parser.parse_args()
    asyncio.run(_serve(options.port, options.user))


async def _serve(port: int, user_id: int) -> None:
    async with BotApiServer(port=port) as server:
        _print(url=server.url, token=server.token)
        user = server.user(user_id)
        reporter = asyncio.create_task(_report(server))
        while line := await asyncio.to_thread(sys.stdin.readline):
            await _act(user, line.strip())
        reporter.cancel()


async def _act(user: User, line: str) -> None:
    verb, _, label = line.partition(" ")
    if verb == "tap" and user.messages:
        answer = await user.tap(user.messages[-1], label)
        _print(answer=answer.text)
    elif line:
        await user.send(line)


async def _report(server: BotApiServer) -> None:
    told: dict[SentMessage, int] = {}
    while True:
        news = await server.wait_for(
            lambda: [m for m in server.ledger.messages if told.get(m, 0) < len(m.versions)],
            _FOREVER,
        )
        for message in news:
            told[message] = len(message.versions)
            _print(
                chat=message.chat_id,
                thread=message.thread,
                message_id=message.message_id,
                version=len(message.versions),
                html=message.html,
                buttons=message.buttons,
            )


def _print(**fields: object) -> None:
    sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
