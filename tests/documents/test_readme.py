"""What the README says is so."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import typer

from bot import cli
from bot.demo.stories import script
from bot.telegram import pages

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def renderer() -> ModuleType:
    """Load ``docs/render.py``, which is a script and no part of a package."""
    spec = importlib.util.spec_from_file_location("render", ROOT / "docs" / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["README.md", "docs/sources.md"])
def test_the_blocks_are_what_the_program_makes(page: str) -> None:
    """``make readme`` after a change of model, layout or sources; nobody types a figure."""
    render, text = renderer(), (ROOT / page).read_text()
    blocks = render.QUICK[ROOT / page]
    assert len(blocks) == 2
    for name, make in blocks.items():
        assert render.put(text, name, make()) == text


def test_the_transcript_shows_stories_of_the_demo_and_one_that_is_no_alert() -> None:
    """What a visitor reads is what a visitor will see."""
    transcript = README.partition("<!-- demo -->")[2].partition("<!-- /demo -->")[0]
    shown = [story for story in script().stories if story.title in transcript]
    assert any(story.expect for story in shown)
    assert "its threshold is" in transcript


def test_every_command_of_the_command_line_is_in_the_table() -> None:
    """A command that nobody can read of does not exist."""
    tree = typer.main.get_command(cli.cli)
    documented = set(re.findall(r"`tocsin (\w+)", README))
    assert set(getattr(tree, "commands")) == documented  # noqa: B009 - click's own type hides it


def test_every_command_of_the_chat_is_in_the_table() -> None:
    """The same in Telegram."""
    documented = set(re.findall(r"`/(\w+)", README)) - {"healthz", "readyz", "metrics", "newbot"}
    assert set(pages.COMMANDS) | {"start"} == documented


def test_every_file_and_folder_that_is_named_is_there() -> None:
    """A map with wrong names is worse than none."""
    named = re.findall(r"`((?:bot|classifiers|config|tests|docs|benchmarks)/[\w./]*)`", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_room_is_on_the_map() -> None:
    """A newcomer finds each folder explained."""
    rooms = {f"bot/{path.parent.name}/" for path in (ROOT / "bot").glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"`{room}`" not in README] == []


def test_every_page_of_the_decisions_is_listed() -> None:
    """And every listed page is there."""
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {page.name for page in folder.glob("[0-9]*.md")}


def test_every_make_target_that_is_named_exists() -> None:
    """A first command that fails is the last one."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE)) <= targets
