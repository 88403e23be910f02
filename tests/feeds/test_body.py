"""Bodies that arrive in parts, compressed or not, whole or not."""

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedUnavailable
from bot.feeds.body import Body

TEXT = b"<rss>" + bytes(range(256)) * 20 + b"</rss>"
RAW_DEFLATE = zlib.compress(TEXT)[2:-4]

WAYS = {
    "plain": ("", TEXT),
    "identity": ("identity", TEXT),
    "no coding at all": ("utf-8", TEXT),
    "gzip": ("gzip", gzip.compress(TEXT)),
    "gzip by its old name": ("X-GZIP", gzip.compress(TEXT)),
    "gzip in two members": ("gzip", gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])),
    "gzip and padding": ("gzip", gzip.compress(TEXT) + bytes(512)),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "deflate without its wrapping": ("deflate", RAW_DEFLATE),
}


def body(coding: str, sent: bytes, size: int, limit: int = 2**20) -> bytes:
    """Let ``sent`` arrive in parts of ``size`` bytes."""
    whole = Body(coding, limit)
    for start in range(0, len(sent), size):
        whole.add(sent[start : start + size])
    return whole.whole()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [1, 7, 2**16])
def test_what_was_written_comes_out_however_it_was_sent(way: str, size: int) -> None:
    """Neither the coding nor where the parts are cut changes the document."""
    coding, sent = WAYS[way]
    assert body(coding, sent, size) == TEXT


@given(st.sampled_from(["gzip", "gzip in two members", "deflate"]), st.data())
def test_a_compressed_body_without_its_end_is_none(way: str, data: st.DataObject) -> None:
    """Half a document would hide the other half for as long as its validators hold."""
    coding, sent = WAYS[way]
    cut = data.draw(st.integers(1, len(sent) - 1))
    if way == "gzip in two members" and cut == len(gzip.compress(TEXT[:9])):
        return
    with pytest.raises(FeedUnavailable, match="damaged or incomplete"):
        body(coding, sent[:cut], 50)


def test_the_limit_holds_to_the_byte_and_for_what_arrives_as_well() -> None:
    """Neither a bomb nor a stream of empty members gets past it."""
    assert body("gzip", gzip.compress(TEXT), 100, limit=len(TEXT)) == TEXT
    for coding, sent, limit in (
        ("", TEXT, len(TEXT) - 1),
        ("gzip", gzip.compress(TEXT), len(TEXT) - 1),
        ("deflate", zlib.compress(bytes(2**24)), 2**20),
        ("gzip", gzip.compress(b"") * 1000, 1000),
    ):
        with pytest.raises(FeedUnavailable, match="larger than"):
            body(coding, sent, 100, limit)


def test_empty_members_without_end_are_none() -> None:
    """They are small and unfold to nothing, and each costs time."""
    with pytest.raises(FeedUnavailable, match="damaged"):
        body("gzip", gzip.compress(b"") * 2000, 2**16)
    assert body("gzip", gzip.compress(b"x") * 500, 2**16) == b"x" * 500


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "deflate,gzip"])
def test_a_coding_that_was_not_asked_for_is_said(coding: str) -> None:
    """What would be unfolded without our limits is not unfolded."""
    with pytest.raises(FeedUnavailable, match="not asked for"):
        Body(coding, 100)


@given(st.sampled_from(["gzip", "deflate", ""]), st.lists(st.binary(max_size=64)))
def test_any_bytes_give_a_body_or_a_sentence(coding: str, parts: list[bytes]) -> None:
    """Garbage raises nothing but what the caller expects."""
    whole = Body(coding, 1000)
    with contextlib.suppress(FeedUnavailable):
        for part in parts:
            whole.add(part)
        assert len(whole.whole()) <= 1000
