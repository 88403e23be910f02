"""The commands. Data goes to stdout, everything else to stderr; errors become exit codes.

0 done · 1 failed · 2 wrong use or settings
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final

import typer

from bot import logs
from bot.commands import lines, printing, upkeep
from bot.commands.options import AsJson, Config, Input, settings_for
from bot.errors import TelegramRefused, TocsinError, UsageError
from bot.pipeline import Polled
from config.settings import SettingsError

log = logging.getLogger(__name__)

_FAREWELL: Final = 1.0  # seconds; by then everything is stored, told and closed

cli = typer.Typer(
    help="Watches the news and rings in Telegram: drone supply, sanctions, aid to Ukraine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
cli.add_typer(upkeep.feeds_cli, name="feeds")
cli.add_typer(upkeep.db_cli, name="db")


def main() -> None:
    """Run the command line; the one entry of script, module and ``main.py``."""
    printing.set_up()
    logs.set_up("warning", ())
    # As Ctrl-C does, it ends a command with its processes and its temporary files.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cli(prog_name="tocsin")
    except (UsageError, SettingsError, TelegramRefused) as error:
        _fail(str(error), 2)
    except TocsinError as error:
        _fail(str(error), 1)
    except OSError as error:
        _let_go_of_stdout()
        where = f" with {error.filename}" if error.filename else ""
        _fail(f"cannot go on{where}: {error.strerror or error}", 1)
    except Exception:
        # Through the log, which strikes secrets out of the traceback.
        log.exception("this is a fault of Tocsin itself; please report it")
        sys.exit(1)


def _let_go_of_stdout() -> None:
    """Keep Python from trying once more at its end, in vain and loudly, to print what is left."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_soon() -> None:
    """End the process even if Python waits: for a thread that looks up a name, up to minutes."""
    end = threading.Timer(_FAREWELL, os._exit, (0,))
    end.daemon = True
    end.start()


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


@cli.command()
def run(context: typer.Context, config: Config = None) -> None:
    """Run the service: poll, tag, match, deliver, answer chats. Ends on Ctrl-C or SIGTERM.

    With TELEGRAM_BOT_TOKEN it answers in Telegram; without, it prints alerts here.
    """
    from bot import app

    async def serve() -> None:
        await app.run_service(settings_for(context, config), printing.say)
        _end_soon()

    asyncio.run(serve())


@cli.command()
def demo() -> None:
    """Show the service at work on sample feeds of its own; ends by itself in half a minute."""
    from bot.commands import demonstration

    asyncio.run(demonstration.run(printing.say))


@cli.command()
def poll(
    context: typer.Context,
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="FEED_URL", help="Read these instead of the configured feeds."),
    ] = None,
    as_json: AsJson = False,
    every: Annotated[bool, typer.Option("--all", help="Print untagged stories too.")] = False,
    config: Config = None,
) -> None:
    """Read the configured feeds once, or the given ones, and print the tagged stories.

    Sends nothing: alerts of the configured feeds wait in the outbox for `run`.
    Given feeds are read into a throw-away store. Exit code 1 where a feed could
    not be read; the others are.
    """
    from bot.commands import online

    settings = settings_for(context, config)
    done: list[Polled] = []

    def show(polled: Polled) -> None:
        printing.polled(polled, as_json=as_json, every=every)
        done.append(polled)

    with printing.progress(beside_data=True) as advance:
        asyncio.run(online.poll(settings, urls or (), show, advance))
    printing.poll_ended(done)
    if any(polled.error for polled in done):
        raise typer.Exit(1)


@cli.command()
def classify(context: typer.Context, file: Input = lines.STDIN, config: Config = None) -> None:
    """Tag stories: {"id", "title", "summary"?, "lang"?} in, topics with probabilities out."""
    from bot import tagging
    from bot.commands import offline

    model = tagging.find_model(settings_for(context, config)).model
    _each(file, lambda record: offline.classify(model, record))


@cli.command(name="match")
def match_queries(
    file: Input = lines.STDIN,
    query: Annotated[str | None, typer.Option(metavar="Q", help="One query.")] = None,
    queries: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Lines of name, tab, query.")
    ] = None,
) -> None:
    """Tell which keyword queries each story matches, and why.

    A story is {"id", "title"} with any of "summary", "body", "source", "lang",
    "country".
    """
    if (query is None) == (queries is None):
        raise UsageError("give either --query or --queries")
    named = [(query, query)] if query is not None else lines.queries(str(queries))
    _each(file, lines.Matching(named).answer)


@cli.command()
def events(file: Input = lines.STDIN) -> None:
    """Tell which event each story reports, judged by the stories before it.

    A story is {"id", "title"} with any of "url", "source" and "date" (ISO 8601);
    the stories come in the order of their dates.
    """
    _each(file, lines.Events().answer)


@cli.command()
def train(
    extra: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="More labelled JSON lines.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the model goes, if not beside the classifier."),
    ] = None,
    record: Annotated[
        bool,
        typer.Option("--record", help="Keep the figures as those below which none may fall."),
    ] = False,
) -> None:
    """Build the classifier from the corpus, and show how it does on what it did not see.

    The model card and its diagrams are written too: into docs/ for the shipped
    model, beside any other.
    """
    from bot.commands import figures, offline

    with printing.progress() as advance:
        held_out = offline.train(out, extra or (), advance, record=record)
    figures.trained(held_out)


@cli.command()
def evaluate(  # noqa: PLR0913, PLR0917 - each option is an argument
    context: typer.Context,
    file: Input,
    as_json: AsJson = False,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the figures as those that subscribers see.")
    ] = False,
    worst: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many of the worst mistakes to show.")
    ] = 10,
    config: Config = None,
) -> None:
    """Measure the classifier on labelled stories.

    A story is one of `classify` with "labels": [topic, ...], empty for none, and
    any of "kind": "voice/case" and "hard": true.
    """
    from bot import tagging
    from bot.commands import figures, offline

    model = tagging.find_model(settings_for(context, config)).model
    with printing.progress() as advance:
        assessed = offline.evaluate(model, file, advance, worst=worst, record=record)
    if as_json:
        lines.write(assessed.to_json())
    else:
        figures.measured(file, assessed)


def _each(file: str, answer: Callable[[lines.Record], lines.Record]) -> None:
    reader = lines.Reader(printing.complain)
    with lines.opened(file) as text:
        for record in reader.records(text):
            lines.write(answer(record))
    if reader.faults:
        raise typer.Exit(1)
