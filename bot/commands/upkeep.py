"""The commands that look after a Tocsin: ``feeds …`` and ``db …``."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import printing
from bot.commands.options import AsJson, Config, Url, settings_for

feeds_cli = typer.Typer(help="The feeds: their state, and which there are.", no_args_is_help=True)
db_cli = typer.Typer(help="The database: migrate, back up, verify.", no_args_is_help=True)

List = Annotated[Path, typer.Argument(metavar="FILE", help="A list of feeds as OPML.")]
NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")]
Copy = Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `db backup` wrote.")]

# ── feeds ────────────────────────────────────────────────────────────────────────────────────


@feeds_cli.command("list")
def list_feeds(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """Show every feed with its state, since when it is so, and why; the bad ones last."""
    from bot.commands import online

    feeds = asyncio.run(online.list_feeds(settings_for(context, config)))
    printing.feeds(feeds, datetime.now(UTC), as_json=as_json)


@feeds_cli.command("add")
def add_feed(context: typer.Context, url: Url, config: Config = None) -> None:
    """Add a feed, after reading it once to see that it is one.

    URL may be a page that names its feed. Where it names several, they are
    listed, none is added, and the exit code is 1.
    """
    from bot.commands import online

    found, new = asyncio.run(online.add_feed(settings_for(context, config), url))
    if len(found) > 1:
        printing.choice(found)
        printing.complain(f"{url} names {len(found)} feeds: add the one that you want")
        raise typer.Exit(1)
    printing.say(f"{'added' if new else 'already there'}: {found[0].name}")


@feeds_cli.command("remove")
def remove_feed(context: typer.Context, url: Url, config: Config = None) -> None:
    """Stop reading a feed that was added; its stories stay."""
    from bot.commands import online

    asyncio.run(online.remove_feed(settings_for(context, config), url))
    printing.say("removed")


@feeds_cli.command("check")
def check_feeds(
    context: typer.Context,
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="URL", help="Check these instead of all feeds."),
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Read every feed, or the given ones, now, and show how each is; store nothing.

    Exit code 1 where one is failing, empty or stale.
    """
    from bot.commands import online

    settings = settings_for(context, config)
    with printing.progress() as advance:
        checked = asyncio.run(online.check_feeds(settings, urls or (), advance))
    printing.checked(checked, as_json=as_json)
    if any(one.state.bad for one in checked):
        raise typer.Exit(1)


@feeds_cli.command("import")
def import_feeds(context: typer.Context, file: List, config: Config = None) -> None:
    """Add the feeds of an OPML file. Exit code 1 where one in it cannot be used."""
    from bot.commands import online

    added, faults = asyncio.run(online.import_feeds(settings_for(context, config), file))
    for fault in faults:
        printing.complain(fault)
    printing.say(f"new feeds: {added}")
    if faults:
        raise typer.Exit(1)


@feeds_cli.command("export")
def export_feeds(context: typer.Context, config: Config = None) -> None:
    """Print all feeds, with all that is known of them, as OPML."""
    from bot.commands import online

    printing.data(asyncio.run(online.export_feeds(settings_for(context, config))))


# ── the database ─────────────────────────────────────────────────────────────────────────────


@db_cli.command()
def upgrade(context: typer.Context, config: Config = None) -> None:
    """Bring the database to the form that this version needs; `run` does it by itself."""
    from bot.commands import online

    asyncio.run(online.upgrade(settings_for(context, config)))
    printing.say("the database is up to date")


@db_cli.command()
def backup(context: typer.Context, file: NewFile, config: Config = None) -> None:
    """Write a copy of the database to a new file while the service runs."""
    from bot.commands import online

    online.backup(settings_for(context, config), file)
    printing.say(f"written to {file}")


@db_cli.command()
def verify(file: Copy) -> None:
    """Check that a backup is whole and can be used."""
    from bot.commands import online

    printing.rows(online.verify(file))
