"""Random queries and stories over few words, so that they often meet."""

from hypothesis import strategies as st

from bot.keywords.search import Searchable
from bot.keywords.tree import FIELDS, And, Field, Near, Not, Or, Phrase, Prefix, Query, Term

WORDS = ("a", "ab", "abc", "дрон", "дрони", "مسيرة", "136", "łodz", "and")
AS_WRITTEN = ("A", "ab", "ABC", "Дрон", "дрони", "مسيرة", "136", "Łódź", "and", "áb", "-", ". ")

_words = st.sampled_from(WORDS)
_phrases = st.builds(
    Phrase, st.lists(_words, min_size=2, max_size=3).map(tuple), open=st.booleans()
)
_leaves = st.one_of(st.builds(Term, _words), st.builds(Prefix, _words), _phrases)
_distances = st.integers(1, 4) | st.just(10**20)
nears = st.builds(Near, _leaves, _leaves, _distances, ordered=st.booleans())


def _branches(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, parts),
        st.builds(Field, st.sampled_from(FIELDS), parts),
        st.builds(And, several),
        st.builds(Or, several),
    )


queries: st.SearchStrategy[Query] = st.recursive(_leaves | nears, _branches, max_leaves=8)
"""Any tree, also such as only exclude."""

_texts = st.lists(st.sampled_from(AS_WRITTEN), max_size=6).map(" ".join)

stories = st.builds(
    Searchable,
    title=_texts,
    summary=_texts,
    body=_texts,
    source=_texts,
    lang=_texts,
    country=_texts,
)
