"""What the commands print: data to stdout, everything else to stderr."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from bot import lines
from bot.feeds.health import describe, state
from bot.models import Feed, Source, TaggedStory
from bot.pipeline import Polled

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Advance = Callable[[str, int, int], None]


def complain(sentence: str) -> None:
    """Tell a fault."""
    err.print(f"[bold red]tocsin:[/] {escape(sentence)}")


def say(sentence: str) -> None:
    """Tell how things go."""
    err.print(escape(sentence))


@contextmanager
def progress() -> Iterator[Advance]:
    """Show the progress of long work on a terminal; where stderr is none, stay silent.

    Gives a function that takes a stage, how much of it is done, and how much there is.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        stages: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bar.add_task(stage, total=total)
            bar.update(stages[stage], completed=done, total=total)

        yield advance


def polled(result: Polled, *, as_json: bool, every: bool) -> None:
    """Print what came of a poll: its tagged stories, or ``every`` one; its failure to stderr."""
    source = result.feed.source
    if result.error:
        err.print(f"[red]failed:[/] {escape(source.url)}: {escape(str(result.error))}")
    for tagged in result.stories:
        if every or tagged.topics:
            (_story_as_json if as_json else _story)(tagged, source)


def _story(tagged: TaggedStory, source: Source) -> None:
    """Print a story for a person: title, source, topics with their words, link."""
    about = tagged.story
    out.print(f"[bold]{escape(about.title or about.summary)}[/]")
    when = _time(about.published) or "undated"
    out.print(f"  {escape(source.name or source.url)} · {when}")
    for tag in tagged.tags:
        if tag.tagged:
            words = ", ".join(word for word, _ in tag.words)
            out.print(f"  [green]{tag.topic} {tag.probability:.0%}[/] — {escape(words)}")
    out.print(f"  {escape(about.link)}\n")


def _story_as_json(tagged: TaggedStory, source: Source) -> None:
    """Print a story as one line of JSON: the contract of ``poll --json``."""
    about = tagged.story
    lines.write(
        {
            "id": about.id,
            "feed": source.url,
            "title": about.title,
            "url": about.link,
            "published": _time(about.published),
            "summary": about.summary,
            "topics": {tag.topic: tag.probability for tag in tagged.tags},
            "tags": list(tagged.topics),
            "why": {tag.topic: tag.words for tag in tagged.tags if tag.tagged},
        }
    )


def figures(title: str, measured: Mapping[str, Any]) -> None:
    """Print the figures of a measurement, as the JSON of ``evaluate`` has them, as a table."""
    table = Table(title=f"{escape(title)}: {measured['stories']} stories", title_justify="left")
    table.add_column("topic")
    for name in ("precision", "recall", "F1", "average precision", "stories"):
        table.add_column(name, justify="right")
    means = {"mean of topics": measured["macro"], "all decisions": measured["micro"]}
    for name, row in {**measured["topics"], **means}.items():
        shares = [row[key] for key in ("precision", "recall", "f1", "average_precision")]
        table.add_row(name, *(f"{share:.3f}" for share in shares), str(row["support"]))
    out.print(table)


def feeds(all_feeds: Sequence[Feed], now: datetime, *, as_json: bool) -> None:
    """Print feeds with their states."""
    if as_json:
        for feed in all_feeds:
            lines.write(_feed_as_json(feed))
        return
    table = Table("feed", "address", "state")
    for feed in all_feeds:
        table.add_row(escape(feed.source.name), escape(feed.url), escape(describe(feed, now)))
    out.print(table)


def _feed_as_json(feed: Feed) -> lines.Record:
    return {
        "url": feed.url,
        "name": feed.source.name,
        "state": state(feed),
        "last_read": _time(feed.last_read),
        "next_due": _time(feed.next_due),
        "newest_story": _time(feed.newest_story),
        "failures": feed.failures,
        "last_error": feed.last_error,
    }


def checked(feeds_with_faults: Sequence[tuple[Feed, str]]) -> None:
    """Print what a check of feeds found, the bad ones last, where they are seen."""
    table = Table("feed", "address", "found")
    for feed, fault in sorted(feeds_with_faults, key=lambda each: bool(each[1])):
        found = f"[red]{escape(fault)}[/]" if fault else "[green]good[/]"
        table.add_row(escape(feed.source.name), escape(feed.url), found)
    out.print(table)


def data(text: str) -> None:
    """Print a text as it is."""
    sys.stdout.write(text)


def rows(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values, one a line."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        sys.stdout.write(f"{name:<{width}}  {value}\n")


def _time(when: datetime | None) -> str | None:
    return when.isoformat().replace("+00:00", "Z") if when else None
