"""What the commands print: data to stdout, everything else to stderr."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path

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
from rich.table import Column, Table

from bot.commands import lines
from bot.models import Feed, Source, TaggedStory
from bot.pipeline import Polled
from bot.rules.health import State, ago, describe, since, span, state, why

out = Console(highlight=False, soft_wrap=True)
_pipe = Console(highlight=False, width=100_000)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Advance = Callable[[str, int, int], None]
"""Is told the stage of long work, how much of it is done, and how much there is."""


def set_up() -> None:
    """Speak UTF-8 whatever the locale is: JSON is that, and no story may end a command.

    A half of a surrogate pair is written as JSON escapes it. A stream that was closed leads
    nowhere; otherwise the next file that is opened, such as the database, would take its place.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def complain(sentence: str) -> None:
    """Tell a fault."""
    err.print(f"[bold red]tocsin:[/] {escape(sentence)}")


def say(sentence: str) -> None:
    """Tell how things go."""
    err.print(escape(sentence))


@contextmanager
def progress(*, beside_data: bool = False) -> Iterator[Advance]:
    """Show the progress of long work on a terminal; where stderr is none, stay silent.

    ``beside_data`` says that the work prints data meanwhile: on the same terminal that is
    progress enough.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns,
        console=err,
        transient=True,
        redirect_stdout=False,  # data for a pipe must never land on the terminal
        disable=not err.is_terminal or (beside_data and out.is_terminal),
    ) as bar:
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


def poll_ended(done: Sequence[Polled]) -> None:
    """Tell on stderr what came of all polls together."""
    stories = [tagged for polled in done for tagged in polled.stories]
    say(
        f"feeds read: {sum(not polled.error for polled in done)} of {len(done)}; "
        f"new stories: {len(stories)}, tagged: {sum(bool(tagged.topics) for tagged in stories)}"
    )


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
    out.print(f"  {escape(about.link)}\n" if about.link else "")


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


# ── feeds ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A feed as one reading at ``at`` left it, which found ``stories`` and took ``seconds``."""

    feed: Feed
    at: datetime
    stories: int
    seconds: float

    @property
    def state(self) -> State:
        """The state that this reading alone shows."""
        return state(self.feed, self.at)


def feeds(all_feeds: Sequence[Feed], now: datetime, *, as_json: bool) -> None:
    """Print feeds with their states; in a table the bad ones last, where they are seen."""
    if as_json:
        for feed in all_feeds:
            lines.write(_feed_as_json(feed, now))
        return
    shown = Table("feed", _address(), "state", "newest story", "next due")
    for feed in sorted(all_feeds, key=lambda feed: state(feed, now).bad):
        shown.add_row(
            escape(feed.source.name),
            escape(f"{feed.url} → {feed.address}" if feed.address else feed.url),
            _colored(state(feed, now), describe(feed, now)),
            ago(feed.newest_story, now) if feed.newest_story else "",
            _due(feed.next_due, now),
        )
    table(shown)


def checked(found: Sequence[Checked], *, as_json: bool) -> None:
    """Print what a check of feeds found; in a table the bad ones last, where they are seen."""
    if as_json:
        for one in found:
            lines.write(_checked_as_json(one))
        return
    shown = Table("feed", _address(), "state", "stories", "newest", "seconds", "why")
    for one in sorted(found, key=lambda one: one.state.bad):
        newest = one.feed.newest_story
        shown.add_row(
            escape(one.feed.source.name),
            escape(one.feed.url),
            _colored(one.state, one.state),
            str(one.stories),
            ago(newest, one.at) if newest else "",
            f"{one.seconds:.1f}",
            escape(why(one.feed, one.at)) if one.state.bad else "",
        )
    table(shown)


def choice(found: Sequence[Source]) -> None:
    """Print the feeds that a page names, one a line: address and title."""
    rows([(source.url, source.name) for source in found])


def _address() -> Column:
    return Column("address", overflow="fold")  # whoever removes or checks a feed needs it whole


def _colored(of: State, words: str) -> str:
    return f"[{'red' if of.bad else 'green'}]{escape(words)}[/]"


def _due(when: datetime | None, now: datetime) -> str:
    if when is None:
        return ""
    return f"in {span(when - now)}" if when > now else "now"


def _feed_as_json(feed: Feed, now: datetime) -> lines.Record:
    return {
        "url": feed.url,
        "name": feed.source.name,
        "state": state(feed, now),
        "since": _time(since(feed, now)),
        "why": why(feed, now),
        "last_read": _time(feed.last_read),
        "next_due": _time(feed.next_due),
        "newest_story": _time(feed.newest_story),
        "failures": feed.failures,
        "last_error": feed.last_error,
        "address": feed.asked_at,
        "official": feed.source.official,
    }


def _checked_as_json(one: Checked) -> lines.Record:
    return {
        "url": one.feed.url,
        "name": one.feed.source.name,
        "state": one.state,
        "stories": one.stories,
        "newest_story": _time(one.feed.newest_story),
        "seconds": round(one.seconds, 3),
        "why": why(one.feed, one.at),
    }


# ── whatever it is ───────────────────────────────────────────────────────────────────────────


def table(of: Table) -> None:
    """Print a table as wide as the terminal, or in a pipe as wide as it is: words stay whole."""
    (out if out.is_terminal else _pipe).print(of)


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
