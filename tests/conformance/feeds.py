"""Real and awkward feeds, served on loopback and read by ``poll --all --json``."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.conformance.command import Ran, run
from tests.conformance.documents import stories_in
from tests.conformance.lines import story_faults
from tests.conformance.report import Report, Row
from tests.feedserver.server import FeedServer

REAL_LIMIT: Final = 60.0
HARD_LIMIT: Final = 45.0
"""Seconds for all feeds together; each needs about 10 on two idle cores."""

_FAILED: Final = re.compile(r"failed: (\S+): (.+)")
_COUNTED: Final = re.compile(r"feeds read: (\d+) of (\d+)\b.*")
_BROKEN: Final = ("the parser ", "took longer", "needed too much")
"""How the sentences begin that tell of a crash or a standstill rather than of the document."""


@dataclass(frozen=True, kw_only=True)
class Polled:
    """What ``poll`` made of a folder of feeds: stories and refusals by the name of the file."""

    ran: Ran
    stories: Counter[str]
    refusals: Mapping[str, str]
    faults: Sequence[str]


async def real(folder: Path) -> Report:
    """Check that every feed of ``folder`` is read, and that no story of its index is missing."""
    index = {each["file"]: int(each["entries"]) for each in _index(folder)}
    polled = await _poll(folder, list(index), REAL_LIMIT)
    faults = [*polled.faults, *polled.ran.faults()]
    faults += [f"{file}: not read: {why}" for file, why in polled.refusals.items()]
    table: list[Row] = [("feed", "entries", "stories", "why")]
    for file, entries in index.items():
        stories = polled.stories[file]
        if stories == entries:
            continue
        whole = stories == stories_in(folder / file)
        table.append((file, entries, stories, _repeats(entries - stories) if whole else "?"))
        if not whole:
            faults.append(f"{file}: {stories} stories of {entries} entries, and no reason for it")
    return Report(
        name="real feeds",
        summary=(
            f"{len(index) - len(polled.refusals)} of {len(index)} feeds read, "
            f"{len(polled.ran.records)} stories of {sum(index.values())} entries"
        ),
        seconds=polled.ran.seconds,
        faults=faults,
        table=table,
    )


def _repeats(count: int) -> str:
    return f"{count} repeat{'s' if count == 1 else ''} another in id, link and title"


async def hard(folder: Path) -> Report:
    """Check that each feed of ``folder`` gives its stories or one sentence, and harms no other."""
    files = [each["file"] for each in _index(folder)]
    polled = await _poll(folder, files, HARD_LIMIT)
    faults = [*polled.faults, *polled.ran.faults(1)]
    faults += [f"{file}: {why}" for file, why in polled.refusals.items() if why.startswith(_BROKEN)]
    read = [file for file in files if file not in polled.refusals]
    for file in read:
        if (stories := polled.stories[file]) < (held := stories_in(folder / file)):
            faults.append(f"{file}: {stories} stories of {held}, and not a word about the others")
    told = [file for file in read if polled.stories[file]]
    reasons = Counter(polled.refusals.values())
    return Report(
        name="awkward feeds",
        summary=(
            f"{len(files)} feeds: {len(told)} gave stories, "
            f"{len(polled.refusals)} a sentence, {len(read) - len(told)} hold nothing to tell"
        ),
        seconds=polled.ran.seconds,
        faults=faults,
        table=[("feeds", "sentence"), *((n, why) for why, n in reasons.most_common())],
    )


def _index(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]


async def _poll(folder: Path, files: Sequence[str], limit: float) -> Polled:
    async with FeedServer() as server:
        server.serve_directory(folder)
        names = {server.url(f"/{file}"): file for file in files}
        ran = await run(
            "poll", "--all", "--json", *names,
            limit=limit, env={"TOCSIN_NETWORK__ALLOW_PRIVATE": '["127.0.0.0/8"]'},
        )  # fmt: skip
    told = [_FAILED.fullmatch(line) for line in ran.err.splitlines()]
    refusals = {names[each[1]]: each[2] for each in told if each and each[1] in names}
    return Polled(
        ran=ran,
        stories=Counter(names.get(str(line.get("feed")), "?") for line in ran.records),
        refusals=refusals,
        faults=[*_wrong_lines(ran, names), *_strange_words(ran, len(names), len(refusals))],
    )


def _wrong_lines(ran: Ran, names: Mapping[str, str]) -> Iterator[str]:
    lines = ran.records
    for line in lines:
        feed = line.get("feed")
        if feed not in names:
            yield f"a story of {feed!r}, which was not asked for"
        yield from (f"{names.get(str(feed))}: {fault[:200]}" for fault in story_faults(line))
    if len({line.get("id") for line in lines}) < len(lines):
        yield "two stories have one id"


def _strange_words(ran: Ran, asked: int, refused: int) -> Iterator[str]:
    """Tell of what stands on stderr beside one sentence a refused feed and one that counts."""
    said = ran.err.splitlines()
    counted = [(int(line[1]), int(line[2])) for line in map(_COUNTED.fullmatch, said) if line]
    if counted != [(asked - refused, asked)]:
        yield f"{asked - refused} of {asked} feeds were read, but it counts {counted}"
    strange = [line for line in said if not _FAILED.fullmatch(line) and not _COUNTED.match(line)]
    yield from (f"on stderr: {line}" for line in strange)
    if len(said) - len(strange) - len(counted) > refused:
        yield "a feed got more than one sentence, or one that was not asked for"
