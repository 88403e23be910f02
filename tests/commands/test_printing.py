"""What goes to stdout and what to stderr, on a terminal and in a pipe."""

import io
import json
import os
import sys
from collections.abc import Callable

import pytest
from rich.console import Console

from bot.commands import lines, printing
from bot.errors import FeedUnavailable
from bot.models import Feed, Source
from bot.pipeline import Polled
from tests.builders import NOW, ago, feed

Terminal = Callable[..., None]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Let stdout, stderr or both be a narrow terminal with colours."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def be(*names: str) -> None:
        for name in ("out", "err"):
            console = Console(
                stderr=name == "err",
                highlight=False,
                soft_wrap=True,
                force_terminal=name in names,
                color_system="truecolor" if name in names else None,
                width=20,
            )
            monkeypatch.setattr(printing, name, console)

    return be


def shown(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Give what was printed since the last look."""
    out, err = capsys.readouterr()
    return out, err


def work() -> None:
    """Do something long."""
    with printing.progress() as advance:
        for done in range(3):
            advance("reading", done + 1, 3)


def test_progress_is_shown_on_a_terminal_and_nowhere_else(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log file is no place for bars, and stdout is never one."""
    terminal("err")
    work()
    out, err = shown(capsys)
    assert out == ""
    assert "reading" in err
    terminal("out")
    work()
    assert shown(capsys) == ("", "")


def test_data_that_is_printed_beside_a_bar_goes_to_stdout(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """``poll --json > stories.jsonl`` at a terminal must fill the file."""
    terminal("err")
    with printing.progress(beside_data=True) as advance:
        lines.write({"id": 1})
        advance("reading", 1, 1)
    out, err = shown(capsys)
    assert out == '{"id": 1}\n'
    assert '"id"' not in err


def test_there_is_no_bar_among_data_on_the_same_terminal(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stories that pass are progress enough."""
    terminal("out", "err")
    with printing.progress(beside_data=True) as advance:
        advance("reading", 1, 1)
    assert shown(capsys) == ("", "")


def test_json_is_neither_coloured_nor_wrapped(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a narrow terminal with colours, too."""
    terminal("out", "err")
    record = {"id": "x" * 10_000, "title": "[bold]a[/] \x1b[31m\u2028", "url": "https://a.example"}
    lines.write(record)
    out, _ = shown(capsys)
    assert json.loads(out) == record
    assert out.count("\n") == 1
    assert "\x1b" not in out


def test_the_failure_of_a_feed_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Whole on one line, with what looks like markup left as it is."""
    url = "https://[a].example/" + "x" * 300
    polled = Polled(feed=Feed(id=1, source=Source(url=url)), error=FeedUnavailable("[red]no[/]"))
    printing.polled(polled, as_json=True, every=True)
    assert shown(capsys) == ("", f"failed: {url}: [red]no[/]\n")


def test_sentences_are_printed_as_they_are(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """No word is taken for markup, and none is broken at the edge of the screen."""
    terminal()
    sentence = r"[bold]C:\[x] " + "word " * 50 + "end"
    printing.say(sentence)
    printing.complain(sentence)
    assert shown(capsys) == ("", f"{sentence}\ntocsin: {sentence}\n")


def test_colours_are_left_out_where_nobody_wants_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """NO_COLOR holds on a terminal, too (https://no-color.org)."""
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Console(stderr=True, force_terminal=True, color_system="truecolor")
    monkeypatch.setattr(printing, "err", plain)
    printing.complain("no")
    assert "[31m" not in shown(capsys)[1]
    assert "[1;31m" not in shown(capsys)[1]


def test_output_is_utf_8_whatever_the_locale_and_half_a_character_ends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal of the old kind gets JSON that is valid all the same."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    printing.set_up()
    lines.write({"id": "дрон 😀 \ud800"})
    assert json.loads(raw.getvalue().decode("utf-8")) == {"id": "дрон 😀 \ud800"}


def test_a_feed_that_moved_is_shown_with_where_it_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever knows its old address finds it, and sees the new one."""
    moved = feed("https://old.example/", address="https://new.example/", newest_story=ago(hours=1))
    printing.feeds([moved], NOW, as_json=False)
    assert "https://old.example/ → https://new.example/" in shown(capsys)[0]
    printing.feeds([moved], NOW, as_json=True)
    row = json.loads(shown(capsys)[0])
    assert (row["url"], row["address"]) == ("https://old.example/", "https://new.example/")


def test_a_narrow_terminal_cuts_no_address(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is folded: whoever wants to remove a feed needs all of it."""
    terminal("out")
    address = "https://news.example/" + "world/" * 9
    printing.feeds([feed(address)], NOW, as_json=False)
    rows = [line.split("│") for line in shown(capsys)[0].splitlines() if "│" in line]
    assert "".join(row[2].strip() for row in rows) == address


def test_streams_that_were_closed_lead_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with ``>&-``: no command ends by it, and no file of ours takes their place."""
    monkeypatch.setattr(sys, "stdout", None)
    printing.set_up()
    lines.write({"id": 1})
    printing.data("<opml/>")
    assert sys.stdout.name == os.devnull
    sys.stdout.close()
