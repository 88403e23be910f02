"""What several commands take: their arguments, and the settings that ``--config`` names."""

from pathlib import Path
from typing import Annotated

import typer

from bot import logs
from config.settings import Settings, load

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="A settings file; what it leaves out keeps its default.",
    ),
]
Input = Annotated[
    str, typer.Argument(metavar="FILE", help="Stories as JSON lines; - reads them from stdin.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Url = Annotated[str, typer.Argument(metavar="URL", help="The address of a feed.")]


def settings_for(context: typer.Context, config: Path | None) -> Settings:
    """Load the settings for a command; ``--config`` may stand before or behind its name.

    From then on the log of the process is set up by them.
    """
    settings = load(config or context.obj)
    token = settings.telegram_token
    logs.set_up(settings.service.log_level, [token.get_secret_value()] if token else [])
    return settings
