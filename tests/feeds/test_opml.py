"""Lists of feeds in and out."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.feeds import opml
from bot.models import Source
from tests.builders import NOW

FOREIGN = b"""<opml version="1.1"><head><title>Mine</title></head><body>
  <outline text="War">
    <outline text="Kyiv paper" xmlUrl="https://kyiv.example/rss" htmlUrl="https://kyiv.example/"
      type="rss" language="EN-us" description="Of Kyiv" version="RSS2" category="/Sport,War, "/>
    <outline text=""><outline text="  Deep
      down "><outline title="Old" xmlUrl="http://old.example/feed" language="klingon"/></outline>
    </outline>
  </outline>
  <outline title="AC/DC \\o/"><outline text="https://rock.example/" title="Rock"
    xmlUrl="https://rock.example/"><outline text="below"
    xmlUrl="https://rock.example/below"/></outline></outline>
  <outline text="again" xmlUrl="https://kyiv.example/rss"/>
  <outline text="a local file" xmlUrl="file:///etc/passwd"/>
</body></opml>"""

FULL = Source(
    url="https://a.example/?x=1&y=2",
    name="Ґрати <&> “Example”",
    country="UA",
    owner="Example Media, its journalists",
    official=True,
    lang="pt-br",
    topics=("sanctions", "ukraine_aid"),
    interval=timedelta(seconds=900.5),
    folder="Press/AC\\/DC",
)

words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=20)
sources = st.builds(
    Source,
    url=words.map(lambda path: "https://a.example/" + "".join(path.split())),
    name=words,
    country=words,
    owner=words,
    official=st.booleans(),
    lang=words,
    topics=st.lists(words, max_size=3).map(tuple),
    interval=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
    folder=words | st.text("ab/\\ ", max_size=60),
)


def test_lists_of_other_programs_come_in_as_they_are() -> None:
    """Folders, languages and names are understood; what is no web address is told later."""
    assert opml.read(FOREIGN) == [
        Source(
            url="https://kyiv.example/rss",
            name="Kyiv paper",
            lang="en",
            topics=("/Sport", "War"),
            folder="War",
        ),
        Source(url="http://old.example/feed", name="Old", folder="War/Deep down"),
        Source(url="https://rock.example/", name="Rock", folder="AC\\/DC \\\\o\\/"),
        Source(url="https://rock.example/below", name="below", folder="AC\\/DC \\\\o\\/"),
        Source(url="file:///etc/passwd", name="a local file"),
    ]


@given(st.lists(sources, min_size=1, max_size=4, unique_by=lambda each: each.url))
def test_what_is_written_is_read_again_without_loss(given: list[Source]) -> None:
    """A list survives the way out and in, whatever its feeds are called and wherever they lie."""
    back = opml.read(opml.write(given, NOW).encode())
    assert {source.url: source for source in back} == {source.url: source for source in given}


def test_other_programs_see_names_folders_and_languages() -> None:
    """The namespace carries only what OPML cannot, and names no host."""
    root = ET.fromstring(opml.write([FULL], NOW))  # noqa: S314 - our own
    [press] = root.findall("body/outline")
    [band] = press
    [feed] = band
    assert (press.get("text"), band.get("text")) == ("Press", "AC/DC")
    assert (feed.get("text"), feed.get("type"), feed.get("language")) == (FULL.name, "rss", "pt-br")
    own = {key.partition("}")[2] for key in feed.attrib if key.startswith("{")}
    assert own == {"country", "owner", "official", "lang", "interval"}
    assert opml.NAMESPACE.startswith("urn:")


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        ("", ()),
        ("Press", ("Press",)),
        ("Press/Kyiv", ("Press", "Kyiv")),
        ("AC\\/DC/Live", ("AC/DC", "Live")),
        ("back\\\\slash", ("back\\slash",)),
        ("a\\b", ("a\\b",)),
        ("//a///b/", ("a", "b")),
    ],
)
def test_folders_are_taken_apart_at_their_slashes(folder: str, names: tuple[str, ...]) -> None:
    """But not at those within a name, which are escaped."""
    assert opml.levels(folder) == names
    assert opml.levels(opml.folder_of(names)) == names


def test_one_character_that_xml_cannot_hold_spoils_no_list() -> None:
    """It is shown as what cannot be shown."""
    spoiled = Source(url="https://a.example/", name="a\0b\ud800c", owner="\x1b", folder="\ufffe")
    [back] = opml.read(opml.write([spoiled], NOW).encode())
    assert (back.url, back.name, back.owner) == (spoiled.url, "a\ufffdb\ufffdc", "\ufffd")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("official", "yes"),
        ("interval", "soon"),
        ("interval", "1e400"),
        ("interval", "nan"),
        ("topics", "sanctions"),
        ("topics", '{"a": 1}'),
        ("topics", "[" * 100_000),
    ],
)
def test_a_wrong_attribute_of_our_own_is_told_with_its_feed(attribute: str, value: str) -> None:
    """Whoever edited the list by hand finds the place."""
    outline = f"<outline xmlUrl='https://a.example/' t:{attribute}='{value}'/>"
    document = f"<opml xmlns:t='{opml.NAMESPACE}'><body>{outline}</body></opml>"
    with pytest.raises(UsageError, match=f"tocsin:{attribute} at https://a.example/"):
        opml.read(document.encode())


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<opml><body/></opml>",
        b'<!DOCTYPE o [<!ENTITY a "b">]><opml><body><outline xmlUrl="http://a.example"/></body></opml>',
        b'<?xml version="1.0" encoding="nonsense"?><opml/>',
        b" " * (opml.LARGEST + 1),
        b"<opml>" + b"<outline text='a'>" * 100_000,
        b"<opml>" + b"<outline text='a'>" * 21 + b"</outline>" * 21 + b"</opml>",
        b"<opml>" + b"<outline text='a'>" * 100_000 + b"</outline>" * 100_000 + b"</opml>",
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(document: bytes) -> None:
    """Broken, empty, huge, deep or hostile documents are wrong use, not a crash."""
    with pytest.raises(UsageError):
        opml.read(document)
