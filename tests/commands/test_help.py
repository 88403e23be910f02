"""Help, and wrong use of the commands."""

from importlib.metadata import version

import pytest

from tests.commands.conftest import Tocsin

COMMANDS = {
    "run": (), "demo": (), "poll": ("[FEED_URL]...", "--json", "--all"), "classify": ("[FILE]",),
    "match": ("[FILE]", "--query", "--queries"), "events": ("[FILE]",),
    "train": ("--extra", "--out", "--record"),
    "evaluate": ("FILE", "--json", "--record", "--worst"),
    "feeds list": ("--json",), "feeds add": ("URL",), "feeds remove": ("URL",),
    "feeds check": ("[URL]...", "--json"),
    "feeds import": ("FILE",), "feeds export": (), "db upgrade": (), "db backup": ("FILE",),
    "db verify": ("FILE",),
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_says_what_it_does_and_names_what_it_takes(
    tocsin: Tocsin, command: str
) -> None:
    """A newcomer learns a command from its help alone."""
    done = tocsin(*command.split(), "--help")
    words = [line for line in done.out.split("\n") if line.strip()]
    assert done.code == 0
    assert words[0].split()[:3] == ["Usage:", "tocsin", command.split(maxsplit=1)[0]]
    assert words[1].strip().endswith(".")
    assert [name for name in COMMANDS[command] if name not in done.out] == []
    assert "[[" not in done.out


@pytest.mark.parametrize("group", [(), ("feeds",), ("db",)])
def test_without_a_command_the_commands_are_shown(tocsin: Tocsin, group: tuple[str, ...]) -> None:
    """Who knows nothing types the name and learns the rest."""
    done = tocsin(*group)
    wanted = [name.split()[-1] for name in COMMANDS if name.split()[:-1] == list(group)]
    assert done.code == 2
    assert [name for name in wanted if f" {name} " not in done.out] == []


def test_the_help_lists_every_command_that_there_is(tocsin: Tocsin) -> None:
    """No command is left out of the list in this test, which others rely on."""
    shown = tocsin("--help").out
    listed = {line.split()[1] for line in shown.split("\n") if line.startswith("│ ")}
    named = {name for name in listed if not name.startswith("-")}
    assert named == {name.split()[0] for name in COMMANDS}


@pytest.mark.parametrize(
    "wrong",
    ["nonsense", "run --nonsense", "db nonsense", "feeds add", "evaluate", "classify one two"],
)
def test_wrong_use_ends_with_2_and_a_pointer_to_the_help(tocsin: Tocsin, wrong: str) -> None:
    """A mistake in typing is told apart from a command that failed."""
    done = tocsin(*wrong.split())
    done.failed(2, "-h")
    assert done.out == ""


def test_the_version_is_that_of_the_package(tocsin: Tocsin) -> None:
    """A report of a fault can name it."""
    assert tocsin("--version").out == f"tocsin {version('tocsin')}\n"
