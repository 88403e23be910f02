"""Writes the figures and transcripts of README.md, and docs/sources.md: ``make readme``.

What stands between ``<!-- name -->`` and ``<!-- /name -->`` is made here; the rest is written by
hand. A test holds the blocks that can be made again at once to what stands there.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot import tagging
from bot.models import (
    Alert,
    AlertState,
    Chat,
    ChatKind,
    OwedAlert,
    Source,
    Story,
    TaggedStory,
    TopicReason,
)
from bot.telegram import messages
from classifiers import artifact
from classifiers.measured import measured
from config.settings import Settings

ROOT: Final = Path(__file__).parents[1]
README: Final = ROOT / "README.md"
SOURCES: Final = ROOT / "docs" / "sources.md"

STORY: Final = Story(
    id="alabuga",
    feed_id=1,
    title="White House: Iran is helping Russia build a drone plant in Alabuga",
    summary=(
        "Tehran keeps shipping attack drones to Moscow while the factory goes up, officials said "
        "on Friday. An advisory warns companies of front firms through which Iran evades sanctions "
        "and buys engines and chips. The same day the Pentagon announced a military aid package of "
        "2.1 billion dollars for Ukraine with air defence and ammunition."
    ),
    body="",
    link="https://meridian-wire.example/alabuga",
    published=datetime(2023, 6, 9, 17, 31, tzinfo=UTC),
    first_seen=datetime(2023, 6, 9, 17, 33, tzinfo=UTC),
    lang="en",
    content_hash="",
)
"""The story that Tocsin was made for, told in our own words."""


def alert() -> str:
    """Show the alert about the story that Tocsin was made for, as a chat shows it."""
    verdict = artifact.load().classify(STORY.title, STORY.summary, STORY.lang)
    tags = tagging.tags_of(verdict)
    reasons = tuple(
        TopicReason(topic=tag.topic, probability=tag.probability, words=tag.words)
        for tag in sorted(tags, key=lambda tag: -tag.probability)
        if tag.tagged
    )
    owed = OwedAlert(
        id=1,
        alert=Alert(chat_id=1, thread=0, key="alabuga:0", story_id=STORY.id, reasons=reasons),
        tagged=TaggedStory(story=STORY, tags=tags, event=STORY.id),
        source=Source(url="https://meridian-wire.example/feed", name="Meridian Wire", country="GB"),
        chat=Chat(id=1, kind=ChatKind.PRIVATE),
        state=AlertState.WAITING,
        attempts=0,
        doubts=0,
        created=STORY.first_seen,
    )
    message = messages.alert(owed, tagging.shown_topics(), STORY.first_seen)
    buttons = " ".join(f"`{button.label}`" for row in message.buttons for button in row)
    lines = [*message.html.splitlines(), "", buttons]
    return "\n".join(f"> {line}<br>" if line else ">" for line in lines)


def figures() -> str:
    """Show how well the topics are recognised on news that nobody here wrote."""
    of = measured()
    if of is None:
        raise SystemExit("nothing was measured: `tocsin evaluate FILE --record` does it")
    rows = [
        f"| {topic.title} | {row.precision:.0%} | {row.recall:.0%} | {row.f1:.2f} | {row.support} |"
        for topic in tagging.shown_topics()
        if (row := of.topics.get(topic.name))
    ]
    head = "| topic | precision: right among the alerts | recall: found of all | F1 | stories |"
    says = (
        f"Measured on {of.date} on {of.stories:,} real news items, none of which the model was "
        f"trained on (its thresholds were chosen on them); macro F1 {of.macro_f1:.2f}."
    )
    return "\n".join([says, "", head, "|---|---|---|---|---|", *rows])


def demo() -> str:
    """Show what ``make demo`` prints, up to the story that is no alert, and its last lines."""
    done = subprocess.run(
        [sys.executable, "main.py", "demo"],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    printed = re.sub(r"data in \S+", "data in a temporary folder", done.stdout)
    first, told, rest = printed.partition("its threshold is")
    threshold = rest.partition("\n")[0]
    end = "\n".join(printed.splitlines()[-2:])
    return _code(f"$ make demo\n{first}{told}{threshold}\n\n[…]\n\n{end}")


def sources() -> str:
    """List the default feeds in their order."""
    rows = [
        f"| [{feed.name}](<{feed.url}>) | {feed.country or 'not known'} | {feed.owner} "
        f"| {'yes' if feed.official else ''} | {feed.lang} | {_topics(feed.topics)} |"
        for feed in Settings().feeds
    ]
    head = "| feed | country | owner | official | language | followed for |"
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def gaps() -> str:
    """List what has no feed, and why."""
    rows = [
        f"| {gap.name} | {_topics(gap.topics)} | {gap.why} | {gap.instead} |"
        for gap in Settings().gaps
    ]
    return "\n".join(["| what | topics | why | instead |", "|---|---|---|---|", *rows])


def _topics(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


QUICK: Final[Mapping[Path, Mapping[str, Callable[[], str]]]] = {
    README: {"alert": alert, "figures": figures},
    SOURCES: {"sources": sources, "gaps": gaps},
}
"""The blocks that a test makes again; the transcript of the demo takes half a minute."""


def put(text: str, name: str, block: str) -> str:
    """Put a block between its marks."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"there is no place for {name}")
    return pattern.sub(lambda found: f"{found[1]}{block}\n{found[2]}", text)


def _code(text: str) -> str:
    return f"```text\n{text.strip()}\n```"


if __name__ == "__main__":
    for page, blocks in QUICK.items():
        whole = page.read_text()
        for title, make in {**blocks, **({"demo": demo} if page == README else {})}.items():
            whole = put(whole, title, make())
        page.write_text(whole)
