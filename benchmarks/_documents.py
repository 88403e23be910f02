"""The feeds that are polled: many, alike in shape to real ones, and every story of them its own.

The words are those of the classifier's corpus, since what a story costs depends on its words: a
classifier is quick with words that it never saw. A number in each headline makes it unique, so
that no two feeds seem to tell of the same event. One story in ten is made of texts that carry a
topic, the others of near misses and other news. Half of the feeds are RSS, half are Atom; as with
real feeds, every fourth carries whole texts beside its summaries, and each keeps to one language.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from tests.feedserver.documents import Item, atom, rss

CORPUS: Final = Path(__file__).parents[1] / "classifiers" / "corpus"
STORIES: Final = 30
"""Stories in one document: about what real feeds hold."""

_SUMMARY: Final = 60  # words
_PARAGRAPHS: Final = 2  # of a whole text, each as long as a summary
_WITH_TEXT: Final = 0.25  # of all feeds
_TELLING: Final = 0.1  # of all stories
_APART: Final = timedelta(minutes=20)


class Text(NamedTuple):
    """The words of one labelled story."""

    title: str
    summary: str


class Voice(NamedTuple):
    """What an outlet sounds like: its language, and words in it with a topic and without."""

    lang: str
    telling: list[Text]
    other: list[Text]


def name(feed: int) -> str:
    """Give the file's name of a feed; RSS and Atom in turn."""
    return f"{feed:04}.{'atom' if feed % 2 else 'rss'}"


def document(feed: int, edition: int = 0, *, now: datetime) -> bytes:
    """Render a feed; each edition has one new story, and the oldest of the edition before is gone.

    The same numbers and ``now`` give the same bytes.
    """
    luck, voices = random.Random(feed), _corpus()
    # Each language comes as often as in the corpus.
    [voice] = luck.choices(voices, [len(voice.other) for voice in voices])
    paragraphs = _PARAGRAPHS if luck.random() < _WITH_TEXT else 0
    numbers = range(edition + STORIES - 1, edition - 1, -1)
    items = [_item(feed, number, voice, paragraphs, now) for number in numbers]
    render = atom if feed % 2 else rss
    return render(items, title=f"Outlet {feed}", lang=voice.lang)


def queries(count: int) -> list[str]:
    """Give keyword queries of two words that stand together in a headline of the corpus."""
    luck = random.Random(count)
    stories = [text for voice in _corpus() for text in voice.telling]
    found: list[str] = []
    while len(found) < count:
        long = [word for word in luck.choice(stories).title.split() if word.isalpha()]
        pair = sorted(long, key=len)[-2:]
        if len(pair) == 2:  # noqa: PLR2004 - a pair is two
            found.append('"{}" AND "{}"'.format(*pair))
    return found


@cache
def _corpus() -> list[Voice]:
    """Give the texts of the corpus by language."""
    found: dict[str, Voice] = {}
    for file in sorted(CORPUS.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            voice = found.setdefault(row["lang"], Voice(row["lang"], [], []))
            texts = voice.telling if row["labels"] else voice.other
            texts.append(Text(row["title"], row["summary"] or row["title"]))
    return list(found.values())


def _item(feed: int, number: int, voice: Voice, paragraphs: int, now: datetime) -> Item:
    luck = random.Random(f"{feed} {number}")
    texts = voice.telling if luck.random() < _TELLING else voice.other
    title = f"{luck.choice(texts).title} {feed}.{number}"
    slug = "-".join(re.findall(r"[a-z]+", title.lower())[:6])
    link = f"https://outlet-{feed}.example/news/{number}-{slug}"
    tracked = f"{link}?utm_source=rss&utm_medium=feed&utm_campaign=news"
    first, *others = (_paragraph(luck, texts) for _ in range(1 + paragraphs))
    picture = f'<img src="{link}.jpg" alt="" width="640">'
    return Item(
        guid=f"https://outlet-{feed}.example/?p={number}",
        title=title,
        summary=f'{picture}<p>{first}</p><a href="{tracked}">Read on</a>',
        link=tracked,
        date=now - _APART * (STORIES - number),
        body="".join(f"<p>{text}</p>" for text in others),
    )


def _paragraph(luck: random.Random, texts: Sequence[Text]) -> str:
    return " ".join(islice(_words(luck, texts), _SUMMARY))


def _words(luck: random.Random, texts: Sequence[Text]) -> Iterator[str]:
    while True:
        yield from luck.choice(texts).summary.split()
