"""The peer's side: lemon24/reader, as its documentation has it, with ten workers.

It is run and asked like ``_tocsin``; reader fetches, parses and stores, and tags nothing.
"""

import json
import sys
import time
from pathlib import Path
from typing import Final

import feedparser_sgmllib
from _processes import cpu_used
from reader import Reader, make_reader

# The parser that reader 3.26 carries with it asks for this by its former name, and reader counts on
# feedparser to bring it, which brings it by the new one.
sys.modules["sgmllib"] = feedparser_sgmllib

WORKERS: Final = 10
TIMEOUT: Final = (5.0, 30.0)
"""Seconds to connect and to wait for bytes."""


def measured(reader: Reader) -> dict[str, object]:
    """Update all feeds once and give what that took and brought."""
    known = reader.get_entry_counts().total or 0
    wall, cpu = time.perf_counter(), cpu_used()
    # Whatever its schedule says: that would leave out feeds that were read within the hour.
    reader.update_feeds(scheduled=False, workers=WORKERS)
    wall, cpu = time.perf_counter() - wall, cpu_used() - cpu
    broken = (feed.last_exception for feed in reader.get_feeds(broken=True))
    return {
        "wall": wall,
        "cpu": cpu,
        "new": (reader.get_entry_counts().total or 0) - known,
        "alerts": 0,
        "faults": sorted({fault.value_str for fault in broken if fault})[:3],
    }


def main(folder: Path) -> None:
    """Measure a round for each line of the input."""
    with make_reader(str(folder / "reader.sqlite"), session_timeout=TIMEOUT) as reader:
        for address in (folder / "addresses").read_text().split():
            reader.add_feed(address)
        print("ready", flush=True)
        while sys.stdin.readline():
            print(json.dumps(measured(reader)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
