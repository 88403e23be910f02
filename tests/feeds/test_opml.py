"""Lists of feeds in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.feeds import opml
from bot.models import Source
from tests.builders import NOW

FOLDERS = b"""<opml version="1.1"><body>
  <outline text="War"><outline text="Kyiv paper" xmlUrl="https://kyiv.example/rss" type="rss"/>
    <outline text="Deep"><outline title="Old" xmlUrl="http://old.example/feed"/></outline></outline>
  <outline text="again" xmlUrl="https://kyiv.example/rss"/>
  <outline text="a local file" xmlUrl="file:///etc/passwd"/>
</body></opml>"""

names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1)


def test_feeds_in_folders_are_found_once_each_and_only_web_addresses_count() -> None:
    """Lists of other readers come in as they are."""
    urls = [source.url for source in opml.read(FOLDERS)]
    assert urls == ["https://kyiv.example/rss", "http://old.example/feed"]


@given(names)
def test_what_is_written_is_read_again_without_loss(name: str) -> None:
    """A list survives the way out and in."""
    source = Source(
        url="https://a.example/?x=1&y=2", name=name, lang="uk", topics=("sanctions", "ukraine_aid")
    )
    assert opml.read(opml.write([source], NOW).encode()) == [source]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<opml><body/></opml>",
        b'<!DOCTYPE o [<!ENTITY a "b">]><opml><body><outline xmlUrl="http://a.example"/></body></opml>',
        b'<?xml version="1.0" encoding="nonsense"?><opml/>',
        b" " * (opml.LARGEST + 1),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(document: bytes) -> None:
    """Broken, empty, huge or hostile documents are wrong use, not a crash."""
    with pytest.raises(UsageError):
        opml.read(document)
