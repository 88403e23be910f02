"""No secret in any line of the log."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs

CANARY = "987654321:AAGcanaryCanary_canary-CANARY-canary0"
OTHER = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
"""A token that nobody told the log of."""

log = logging.getLogger("tests.logs")


class Refused(Exception):
    """An error whose text quotes an address with a token, as those of libraries do."""


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Set the log up as a service with a token does, and give what it writes."""
    root, told = logging.getLogger(), logging.raiseExceptions
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.set_up("debug", [CANARY])
    yield stream
    root.handlers[:], logging.raiseExceptions = handlers, told
    root.setLevel(level)


def holds_none(text: str) -> bool:
    """Tell whether a text is free of both tokens and of their secret halves."""
    halves = [token.partition(":")[2] for token in (CANARY, OTHER)]
    return not any(half in text for half in halves)


@pytest.mark.parametrize(
    "text",
    [
        CANARY, OTHER, f"bot{CANARY}", f"token={OTHER}", f'"{OTHER}"', f"_{OTHER}_", f"é{OTHER}",
        f"https://api.telegram.org/bot{OTHER}/getMe", f"/file/bot{CANARY}/photo.jpg",
        f"https://example.org/?t={OTHER.replace(':', '%3A')}",
        f"https://example.org/?t={CANARY.replace(':', '%3a')}",
        CANARY.partition(":")[2],
    ],
)  # fmt: skip
def test_a_token_is_struck_wherever_it_stands(text: str) -> None:
    """By itself, within an address, quoted or glued to other words."""
    assert holds_none(logs.redact(text, [CANARY]))


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_token_is_struck_whatever_stands_around_it(before: str, after: str) -> None:
    """No neighbour hides one."""
    assert holds_none(logs.redact(f"{before}{CANARY}{after}", [CANARY]))


@given(st.text(alphabet=st.characters(exclude_characters=":%@"), max_size=60))
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    """A log that hides everything says nothing."""
    assert logs.redact(text, [CANARY, ""]) == text


@pytest.mark.parametrize(
    "text", ["2026-01-01T12:30:45+0000", "http://127.0.0.1:8787/healthz", "12:30 o'clock: story 5"]
)
def test_times_and_ports_are_no_tokens(text: str) -> None:
    """They have colons, too."""
    assert logs.redact(text, []) == text


def test_the_password_in_an_address_is_struck() -> None:
    """A database has one, and some feeds do; who it is and where is left to see."""
    text = "postgresql://me:hush@db.example/x and https://you:a:b@news.example/feed?at=1:2@3"
    assert logs.redact(text, []) == (
        "postgresql://me:[password]@db.example/x and "
        "https://you:[password]@news.example/feed?at=1:2@3"
    )


def test_messages_and_their_arguments_are_clean(written: io.StringIO) -> None:
    """However a library hands a token over."""
    log.info("request to https://api.telegram.org/bot%s/getMe", OTHER)
    log.warning("%s and %r", CANARY, {"token": OTHER})
    log.error(CANARY)
    assert written.getvalue().count("tests.logs: ") == 3
    assert holds_none(written.getvalue())


def test_tracebacks_and_the_errors_behind_errors_are_clean(written: io.StringIO) -> None:
    """A cause, a context and a group each have a text of their own."""
    cause = Refused(f"the token {OTHER} was refused")
    group = ExceptionGroup(CANARY, [ValueError(f"https://api.telegram.org/bot{CANARY}"), cause])
    group.__cause__ = cause
    log.error("the poll broke off", exc_info=group)
    assert "Refused" in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert holds_none(written.getvalue())


def test_a_record_that_cannot_be_formatted_is_not_printed_raw(written: io.StringIO) -> None:
    """The library would print its arguments past the formatter."""
    log.error("%d stories", CANARY)
    assert holds_none(written.getvalue())


def test_libraries_that_print_each_request_are_kept_quiet(written: io.StringIO) -> None:
    """Their addresses hold the token, and nobody wants a line a second."""
    for name in ("httpx", "httpcore", "telegram.ext", "apscheduler.scheduler", "aiohttp.access"):
        logging.getLogger(name).info("HTTP Request: POST")
    logging.getLogger("httpx").warning("slow")
    assert written.getvalue().count("\n") == 1


@pytest.mark.usefixtures("written")
def test_the_level_is_the_one_of_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing below it is written, and the log goes to stderr."""
    logs.set_up("error", [])
    log.warning("low")
    log.error("high")
    out, err = capsys.readouterr()
    assert out == ""
    assert "high" in err
    assert "low" not in err
