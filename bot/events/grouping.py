"""Which stories report the same happening?

Two stories do where they bear a signature in common: the same link, whatever tracking was added
to it, or the same headline of several words, whatever outlet signed it. What joins nothing is an
event of its own. A wrong join hides news and a missed one only repeats it, so links and headlines
that say too little are no signatures, and a headline joins only the stories of different feeds:
one that a feed bears again, over another link, is a heading that comes again ("Air raid alert in
Kyiv region"), and the headings of official lists ("Counter Terrorism Designations") join nothing.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Final, NamedTuple

from bot.models import Bearer
from bot.pages import page_of
from bot.words import fold_words

WINDOW: Final = timedelta(hours=72)
"""How long after its last story an event can be joined; older stories are not compared."""

FEWEST_WORDS: Final = 4
"""Words that a headline must have to tell an event; "Live updates" tells none."""

# " - Reuters", " | The Kyiv Independent", " – bbc.com": few words, none of them a number, after
# the last separator; a name begins with a capital, or has no capitals (Georgian, Arabic) or a dot.
_OUTLET: Final = re.compile(r"(.+)\s[-–—|]\s+([^\d|–—]{2,40})", re.DOTALL)
_OUTLET_WORDS: Final = 4


class Report(NamedTuple):
    """What a story is recognised by."""

    story_id: str
    title: str
    link: str


def signatures(title: str, link: str) -> tuple[str, ...]:
    """Give what other reports of the same happening are recognised by: none, one or two texts.

    Each is short and says its kind: ``link:…`` or ``title:…``.
    """
    return tuple(filter(None, (_link_signature(link), _title_signature(title))))


def batch_signatures(
    reports: Sequence[Report], *, official: bool = False
) -> dict[str, tuple[str, ...]]:
    """Give the signatures of every story of one document.

    A link under which the document has several headlines is left out (some feeds give their front
    page for each story), and so is a headline with several links (an office that heads each of
    its licences alike). For this, hand in all stories of the document, known or new. Stories of an
    ``official`` feed have no headlines here at all: its first report must reach the subscriber,
    also where others told it before.
    """
    links = [_link_signature(report.link) for report in reports]
    titles = ["" if official else _title_signature(report.title) for report in reports]
    headlines = [tuple(_headline(report.title)) for report in reports]
    vague = _with_several(zip(links, headlines, strict=True))
    vague |= _with_several(zip(titles, links, strict=True))
    return {
        report.story_id: tuple(one for one in marks if one and one not in vague)
        for report, *marks in zip(reports, links, titles, strict=True)
    }


def _with_several(pairs: Iterable[tuple[str, object]]) -> set[str]:
    """Give the marks that stand beside more than one other thing."""
    beside: defaultdict[str, set[object]] = defaultdict(set)
    for mark, other in pairs:
        beside[mark].add(other)
    return {mark for mark, others in beside.items() if len(others) > 1}


def assign(
    stories: Sequence[tuple[str, Sequence[str]]],
    known: Mapping[str, str],
    told: Collection[str] = (),
) -> dict[str, str]:
    """Give the event of each story: the id of the first story that reported it.

    ``stories`` are ids with their signatures, the earliest first; ``known`` maps the signatures
    of stories seen within ``WINDOW`` to their events, and ``told`` are those of them that stories
    of the same feed bear. Such a headline joins no story that has a link; where the feed only
    renamed the story, its link joins it. Stories that share a signature, directly or
    through others, join. Where they join several known events, they go to that whose id sorts
    first, so that the answer does not hang on the order; known events are never merged.
    """
    groups = _Groups()
    telling = [(story_id, _telling(marks, told)) for story_id, marks in stories]
    for story_id, marks in telling:
        groups.join(f"story:{story_id}", marks)
    events: dict[str, str] = {}
    for mark in {mark for _, marks in telling for mark in marks} & known.keys():
        group = groups.find(mark)
        events[group] = min(known[mark], events.get(group, known[mark]))
    return {
        story_id: events.setdefault(groups.find(f"story:{story_id}"), story_id)
        for story_id, _ in stories
    }


def join_all(
    readings: Iterable[tuple[int, Mapping[str, Sequence[str]]]], bearers: Iterable[Bearer]
) -> list[tuple[dict[str, str], set[str]]]:
    """Give the events of the new stories of several readings, one reading after the other.

    A reading is the id of its feed with the signatures of each of its new stories; ``bearers``
    are the stored stories within ``WINDOW`` that bear any of them, the latest last. Beside the
    events comes what the feed had told before: see ``assign``.
    """
    known: dict[str, str] = {}
    borne: defaultdict[int, set[str]] = defaultdict(set)
    for each in bearers:
        known[each.signature] = each.event
        borne[each.feed_id].add(each.signature)
    found = []
    for feed_id, signatures in readings:
        told = set(borne[feed_id])
        events = assign(list(signatures.items()), known, told)
        found.append((events, told))
        for story_id, marks in signatures.items():
            known |= dict.fromkeys(marks, events[story_id])
            borne[feed_id].update(marks)
    return found


def is_retold(marks: Collection[str], told: Collection[str]) -> bool:
    """Tell whether a feed bears a story again that it bore before: its link, and its headline.

    ``told`` are the signatures of the feed's earlier stories. Publishers change the ids of all
    that they have, and then their whole backlog looks new.
    """
    return any(mark.startswith("link:") for mark in marks) and set(marks) <= set(told)


def _telling(marks: Sequence[str], told: Collection[str]) -> list[str]:
    links = [mark for mark in marks if mark.startswith("link:")]
    return [mark for mark in marks if not links or mark in links or mark not in told]


class _Groups:
    """Things that belong together, found by any of them (a disjoint-set forest)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def find(self, thing: str) -> str:
        """Give the one that stands for the group of ``thing``, halving the way to it."""
        above = self._above
        above.setdefault(thing, thing)
        while above[thing] != thing:
            above[thing] = above[above[thing]]
            thing = above[thing]
        return thing

    def join(self, thing: str, others: Iterable[str]) -> None:
        """Put ``others`` into the group of ``thing``."""
        for other in others:
            self._above[self.find(other)] = self.find(thing)


def _link_signature(link: str) -> str:
    page = page_of(link)
    return _signature("link", page) if page else ""


def _title_signature(title: str) -> str:
    spoken = _headline(title)
    return _signature("title", " ".join(spoken)) if len(spoken) >= FEWEST_WORDS else ""


def _headline(title: str) -> list[str]:
    """Give the folded words of a title without the outlet that signs it."""
    whole = fold_words(title)
    signed = _OUTLET.fullmatch(title.strip())
    if signed is None or not _is_outlet(signed[2]):
        return whole
    unsigned = fold_words(signed[1])
    return unsigned if len(unsigned) >= FEWEST_WORDS else whole


def _is_outlet(name: str) -> bool:
    return 1 <= len(fold_words(name)) <= _OUTLET_WORDS and (not name[0].islower() or "." in name)


def _signature(kind: str, text: str) -> str:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16)
    return f"{kind}:{digest.hexdigest()}"
