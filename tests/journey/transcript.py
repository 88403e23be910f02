"""The first minutes with the bot, as they are: ``python -m tests.journey.transcript [--write]``.

Starts the real service between a real feed and a strict Telegram on loopback, plays what a
newcomer and an operator do, and writes down who said what, then how long things took.
``--write`` puts the transcript into ``docs/chat/first-minute.md``, with words where a clock's time
or a measured one would make the file another one at each run.
"""

import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.botapi.server import BotApiServer, Fault, SentMessage, User
from tests.feedserver.documents import Item
from tests.feedserver.server import FeedServer
from tests.journey.conftest import NEWS, PATIENCE, World
from tests.waiting import until

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "docs" / "chat" / "first-minute.md"

ENGINE: Final = Item(
    guid="2",
    title="Customs seize engines meant for long-range drones",
    summary="The 40 piston engines were declared as parts of lawn mowers.",
    link="https://n.example/2",
)
SANCTIONS: Final = Item(
    guid="3",
    title="EU adds 12 firms to its sanctions list for helping Russia evade export controls",
    summary="Their assets are frozen, and companies in the bloc may not trade with them.",
    link="https://n.example/3",
)
HEADLINES: Final = (
    "Russia launches mass production of Shahed attack drones at Alabuga",
    "Iran opens a kamikaze drone factory in Tajikistan",
    "North Korea to build attack drones with Russian engineers",
    "Turkey delivers Bayraktar combat drones to a new buyer",
    "Chinese suppliers ship drone engines to Russian military plants",
    "Seized cargo held parts of Iranian Shahed-136 drones",
    "Geran-2 drone assembly line doubles its output, intelligence says",
    "Moscow buys thousands of Iranian loitering munitions and drones",
    "Belarus opens a plant for attack drones with Russian money",
    "Lancet attack drones leave a Russian factory in record numbers",
)
"""Different news, one a reading, for the measurement."""

_HEAD: Final = """# The first minutes with Tocsin

Played by the real service between a feed and a Bot API server on loopback, and written by
`make transcripts`. Clock times are shown as HH:MM. Buttons are in square brackets.
"""


class Page:
    """What is written down. ``lasting`` is the same with words for all that differs each time."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, str]] = [(_HEAD, _HEAD)]

    def scene(self, title: str) -> None:
        """Begin a part."""
        self._add(f"## {title}\n")

    def note(self, words: str, lasting: str = "") -> None:
        """Tell what happens outside the chat."""
        self._add(f"*{words}*\n", f"*{lasting or words}*\n")

    def person(self, name: str, words: str) -> None:
        """Write down what somebody wrote or tapped."""
        self._add(f"**{name}:** {words}\n")

    def bot(self, message: SentMessage) -> None:
        """Write down a message of the bot as its reader sees it."""
        text = "\n".join(line for line in (message.text, *_rows(message)) if line)
        self._add(_block(text), _block(_without_clock(text)))

    def whole(self, *, lasting: bool) -> str:
        """Give all of it."""
        return "\n".join(pair[lasting] for pair in self._lines)

    def _add(self, words: str, lasting: str = "") -> None:
        self._lines.append((words, lasting or words))


class Player:
    """One person in their private chat; everything said is written down."""

    def __init__(self, page: Page, user: User, name: str) -> None:
        self.page = page
        self.user = user
        self.name = name

    async def asks(self, text: str) -> SentMessage:
        """Write something and read the answer."""
        self.user.chat.read_all()
        self.page.person(self.name, f"`{text}`")
        await self.user.send(text)
        return await self.reads()

    async def taps(self, message: SentMessage, label: str) -> None:
        """Tap a button; what flashes up is written down too."""
        self.page.person(self.name, f"taps [ {message.button(label)['text']} ]")
        answer = await self.user.tap(message, label, PATIENCE)
        if answer.text:
            self.page.note(f"flashes up: {answer.text}")

    async def reads(self) -> SentMessage:
        """Read the next message."""
        message = await self.user.next_message(PATIENCE)
        self.page.bot(message)
        return message


async def _publish(world: World, page: Page, *items: Item) -> float:
    """Put the first item into the feed, above older ones; give the time."""
    await world.feed_was_read()
    page.note(f"The Example publishes: “{items[0].title}”")
    now = time.time()
    world.publish(*items)
    return now


async def _newcomer(world: World, page: Page) -> Player:
    page.scene("A newcomer presses Start")
    ada = Player(page, world.telegram.user(id=1001), "Ada")
    page.person("Ada", "`/start`")
    await ada.user.start()
    welcome = await ada.reads()
    await ada.taps(welcome, "Drone supply")
    await world.telegram.wait_for(lambda: "✓ Drone supply" in welcome.buttons)
    page.note("The message now shows:")
    page.bot(welcome)
    await ada.asks("/topics")
    await ada.asks("/help")
    return ada


async def _first_alert(world: World, page: Page, ada: Player) -> None:
    page.scene("The first alert")
    published = await _publish(world, page, NEWS)
    alert = await ada.user.next_message(PATIENCE)
    seconds = f"{alert.when - published:.1f} s later, with a feed that is read each second:"
    page.note(seconds, "Within three seconds, with a feed that is read each second:")
    page.bot(alert)
    await ada.taps(alert, "Why")
    await ada.reads()
    await ada.asks("/latest")


async def _own_words(world: World, page: Page, ada: Player) -> None:
    page.scene("A topic of one's own words")
    await ada.asks("/newtopic")
    await ada.asks("/newtopic Engines: engine* NEAR/5 drone*")
    ada.user.chat.read_all()
    await _publish(world, page, ENGINE, NEWS)
    await ada.reads()
    await ada.asks("/mytopics")
    await ada.asks("/newtopic Ships: (tanker OR ship* AND Iran")


async def _leaves(ada: Player) -> None:
    ada.page.scene("Enough for today")
    await ada.asks("/unsubscribe all")
    await ada.asks("/deltopic Engines")
    await ada.asks("/start")
    await ada.asks("thanks!")


async def _operator(world: World, page: Page) -> Player:
    page.scene("Whoever runs the bot becomes its admin")
    link = next(line for line in world.service.said.splitlines() if "start=claim-" in line)
    page.note(f"The terminal says: {link}", "The terminal says: " + _without_code(link))
    grace = Player(page, world.telegram.user(id=1002, first_name="Grace"), "Grace")
    page.person("Grace", "opens the link")
    await grace.user.start(re.findall(r"start=(\S+)", link)[0])
    await grace.reads()
    await grace.asks("/subscribe all")
    return grace


async def _power_cut(world: World, page: Page, grace: Player) -> None:
    page.scene("The power fails in the middle of a send")
    grace.user.chat.read_all()
    world.telegram.fail_next("sendMessage", Fault.hang(30.0, accepted=True))
    await _publish(world, page, SANCTIONS, ENGINE, NEWS)
    await grace.reads()
    page.note("Killed before Telegram's answer came; started again, it cannot know of the first:")
    await world.service.kill()
    await world.service.start()
    await grace.reads()


async def play(world: World, page: Page) -> Player:
    """Play all scenes; give the one who is subscribed at their end."""
    ada = await _newcomer(world, page)
    await _first_alert(world, page, ada)
    await _own_words(world, page, ada)
    await _leaves(ada)
    grace = await _operator(world, page)
    await _power_cut(world, page, grace)
    return grace


async def _delays(world: World, user: User) -> list[float]:
    """Publish stories one after another; give the seconds from publication to alert of each."""
    told: list[Item] = []
    delays = []
    for number, title in enumerate(HEADLINES, start=10):
        told.insert(0, Item(guid=str(number), title=title, link=f"https://n.example/{number}"))
        user.chat.read_all()
        published = time.time()
        world.publish(*told)
        alert = await user.next_message(PATIENCE)
        assert title in alert.text
        delays.append(alert.when - published)
        # Not in step with the readings, so that every wait for the next one is met.
        await asyncio.sleep(1.0 + number % 7 / 7)
    return delays


async def measure(world: World, user: User, started: float) -> str:
    """Measure, ending the service; ``started`` is when its process first began."""
    delays = await _delays(world, user)
    first = world.telegram.calls_of("getUpdates")[0].when - started
    began = time.monotonic()
    code = await world.service.stop()
    stop = time.monotonic() - began
    low, mid, high = min(delays), statistics.median(delays), max(delays)
    return (
        f"from publication to alert, {len(delays)} stories, interval 1 s: "
        f"min {low:.2f} s, median {mid:.2f} s, max {high:.2f} s\n"
        f"from start of the process to the first getUpdates: {first:.2f} s\n"
        f"from SIGTERM to the end, with subscribers: {stop:.2f} s, exit code {code}\n"
    )


@asynccontextmanager
async def _open_world() -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        async with FeedServer() as publisher, BotApiServer() as telegram:
            world = World(Path(folder), publisher, telegram)
            try:
                yield world
            finally:
                await world.service.kill()
            assert not telegram.violations
            assert telegram.token not in world.service.said


async def run(*, write: bool) -> None:
    """Play and measure; print both, and write the transcript where that is wanted."""
    page = Page()
    async with _open_world() as world:
        started = time.time()
        await world.service.start()
        await until(lambda: "start=claim-" in world.service.said)
        reader = await play(world, page)
        sys.stdout.write(f"{page.whole(lasting=False)}\n")
        figures = await measure(world, reader.user, started)
    sys.stdout.write(figures)
    if write:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(page.whole(lasting=True))


def _rows(message: SentMessage) -> list[str]:
    rows = [" ".join(f"[ {button['text']} ]" for button in row) for row in message.keyboard]
    return ["", *rows] if rows else []


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"


def _without_clock(text: str) -> str:
    """Write HH:MM for each time of day, without a date where midnight went by, and no version."""
    timeless = re.sub(r"\b(?:\d{1,2} [A-Z][a-z]{2} )?\d\d:\d\d\b", "HH:MM", text)
    return re.sub(r"^Model: \w+$", "Model: (its version)", timeless, flags=re.MULTILINE)


def _without_code(text: str) -> str:
    return re.sub(r"claim-[\w-]+", "claim-…", text)


if __name__ == "__main__":
    asyncio.run(run(write="--write" in sys.argv[1:]))
