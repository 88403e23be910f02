"""The commands. Data goes to stdout, everything else to stderr; errors become exit codes.

0 done · 1 failed · 2 wrong use or settings
"""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot import app, commands, demonstration, lines, logs, printing
from bot.errors import FeedError, TelegramRefused, TocsinError, UsageError
from bot.pipeline import Polled
from config.settings import Settings, SettingsError, load

cli = typer.Typer(
    help="Watches the news and rings in Telegram: drone supply, sanctions, aid to Ukraine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
feeds_cli = typer.Typer(help="The feeds: their state, and which there are.", no_args_is_help=True)
db_cli = typer.Typer(help="The database: migrate, back up, verify.", no_args_is_help=True)
cli.add_typer(feeds_cli, name="feeds")
cli.add_typer(db_cli, name="db")

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="A settings file beside the defaults."),
]
Input = Annotated[str, typer.Argument(metavar="[FILE or -]", help="JSON lines; - is stdin.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Url = Annotated[str, typer.Argument(metavar="URL")]
File = Annotated[Path, typer.Argument(metavar="FILE")]


def main() -> None:
    """Run the command line; the one entry of script, module and ``main.py``."""
    try:
        cli(prog_name="tocsin")
    except (UsageError, SettingsError, TelegramRefused) as error:
        _fail(str(error), 2)
    except TocsinError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        # Whoever read our output has seen enough; closing stdout again must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _fail(sentence: str, code: int) -> None:
    printing.complain(sentence)
    sys.exit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tocsin {version('tocsin')}")
        raise typer.Exit


@cli.callback()
def options(
    context: typer.Context,
    config: Config = None,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Take the options that stand before the command."""
    del show_version
    context.obj = config


def _settings(context: typer.Context, config: Path | None) -> Settings:
    """Load the settings for a command; ``--config`` may stand before or behind its name."""
    settings = load(config or context.obj)
    logs.set_up(settings.service.log_level, app.secrets_of(settings))
    return settings


@cli.command()
def run(context: typer.Context, config: Config = None) -> None:
    """Run the service: poll, tag, match, deliver, answer chats. Ends on Ctrl-C or SIGTERM.

    With TELEGRAM_BOT_TOKEN it answers in Telegram; without, alerts are printed here.
    """
    asyncio.run(app.run_service(_settings(context, config), printing.say))


@cli.command()
def demo() -> None:
    """Show the service at work on sample feeds of its own; ends by itself in half a minute."""
    asyncio.run(demonstration.run(printing.say))


@cli.command()
def poll(
    context: typer.Context,
    urls: Annotated[list[str] | None, typer.Argument(metavar="[FEED_URL]...")] = None,
    as_json: AsJson = False,
    every: Annotated[bool, typer.Option("--all", help="Print untagged stories too.")] = False,
    config: Config = None,
) -> None:
    """Read the configured feeds once, or the given ones, and print the tagged stories.

    Sends nothing: alerts of the configured feeds wait in the outbox for `run`; given feeds are
    read into a throw-away store. Exit code 1 where a feed could not be read; the others are.
    """
    settings = _settings(context, config)
    failed: list[FeedError] = []

    def show(polled: Polled) -> None:
        printing.polled(polled, as_json=as_json, every=every)
        failed.extend([polled.error] if polled.error else [])

    asyncio.run(commands.poll(settings, urls or (), show))
    if failed:
        raise typer.Exit(1)


@cli.command()
def classify(context: typer.Context, file: Input = lines.STDIN, config: Config = None) -> None:
    """Tag stories: {"id", "title", "summary"?, "lang"?} in, topics with probabilities out."""
    model = app.find_model(_settings(context, config))
    _each(file, lambda record: commands.classify(model, record))


@cli.command(name="match")
def match_queries(
    file: Input = lines.STDIN,
    query: Annotated[str | None, typer.Option(metavar="Q", help="One query.")] = None,
    queries: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Lines of name, tab, query.")
    ] = None,
) -> None:
    """Tell which keyword queries each story matches, and why."""
    if (query is None) == (queries is None):
        raise UsageError("give either --query or --queries")
    named = [(query, query)] if query is not None else lines.queries(str(queries))
    _each(file, lines.Matching(named).answer)


@cli.command()
def events(file: Input = lines.STDIN) -> None:
    """Tell which event each story reports, judged by the stories before it."""
    _each(file, lines.Events().answer)


@cli.command()
def train(
    extra: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="More labelled JSON lines.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the model goes.")] = None,
) -> None:
    """Build the classifier from the corpus, and show how it does on what it did not see."""
    with printing.progress() as advance:
        report = commands.train(out, extra or (), advance)
    printing.figures("held-out parts of the corpus", report.to_json())


@cli.command()
def evaluate(
    context: typer.Context,
    file: Input,
    as_json: AsJson = False,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the figures as those that subscribers see.")
    ] = False,
    config: Config = None,
) -> None:
    """Measure the classifier on labelled JSON lines."""
    model = app.find_model(_settings(context, config))
    measured = commands.evaluate(model, file, record=record)
    if as_json:
        lines.write(measured.to_json())
    else:
        printing.figures(file, measured.to_json())


def _each(file: str, answer: Callable[[lines.Record], lines.Record]) -> None:
    reader = lines.Reader(printing.complain)
    with lines.opened(file) as text:
        for record in reader.records(text):
            lines.write(answer(record))
    if reader.faults:
        raise typer.Exit(1)


# ── feeds ────────────────────────────────────────────────────────────────────────────────────


@feeds_cli.command("list")
def list_feeds(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """Show every feed with its state."""
    feeds = asyncio.run(commands.list_feeds(_settings(context, config)))
    printing.feeds(feeds, datetime.now(UTC), as_json=as_json)


@feeds_cli.command("add")
def add_feed(context: typer.Context, url: Url, config: Config = None) -> None:
    """Add a feed, after reading it once to see that it is one."""
    title = asyncio.run(commands.add_feed(_settings(context, config), url))
    printing.say(f"added: {title}")


@feeds_cli.command("remove")
def remove_feed(context: typer.Context, url: Url, config: Config = None) -> None:
    """Stop reading a feed that was added; its stories stay."""
    asyncio.run(commands.remove_feed(_settings(context, config), url))
    printing.say("removed")


@feeds_cli.command("check")
def check_feeds(context: typer.Context, config: Config = None) -> None:
    """Read every feed now, store nothing, and show what is wrong. Exit code 1 if anything is."""
    settings = _settings(context, config)
    with printing.progress() as advance:
        checked = asyncio.run(commands.check_feeds(settings, advance))
    printing.checked(checked)
    if any(fault for _, fault in checked):
        raise typer.Exit(1)


@feeds_cli.command("import")
def import_feeds(context: typer.Context, file: File, config: Config = None) -> None:
    """Add the feeds of an OPML file."""
    added = asyncio.run(commands.import_feeds(_settings(context, config), file))
    printing.say(f"{added} feeds")


@feeds_cli.command("export")
def export_feeds(context: typer.Context, config: Config = None) -> None:
    """Print all feeds as OPML."""
    printing.data(asyncio.run(commands.export_feeds(_settings(context, config))))


# ── the database ─────────────────────────────────────────────────────────────────────────────


@db_cli.command()
def upgrade(context: typer.Context, config: Config = None) -> None:
    """Bring the database to the form that this version needs; `run` does it by itself."""
    asyncio.run(commands.upgrade(_settings(context, config)))
    printing.say("the database is up to date")


@db_cli.command()
def backup(context: typer.Context, file: File, config: Config = None) -> None:
    """Write a copy of the database to a new file while the service runs."""
    asyncio.run(commands.backup(_settings(context, config), file))
    printing.say(f"written to {file}")


@db_cli.command()
def verify(file: File) -> None:
    """Check that a backup is whole and can be used."""
    printing.rows(commands.verify(file))
