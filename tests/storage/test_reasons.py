"""Reasons to JSON and back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.models import QueryReason, Reason, TopicReason
from bot.storage.reasons import from_json, to_json

TOPIC_REASONS = st.builds(
    TopicReason,
    topic=st.text(),
    probability=st.floats(0, 1),
    words=st.lists(st.tuples(st.text(), st.floats(-50, 50))).map(tuple),
)
QUERY_REASONS = st.builds(
    QueryReason,
    name=st.text(),
    query=st.text(),
    terms=st.lists(st.text()).map(tuple),
    sentence=st.text(),
)


@given(st.lists(TOPIC_REASONS | QUERY_REASONS, max_size=5).map(tuple))
def test_reasons_come_back_as_they_were(reasons: tuple[Reason, ...]) -> None:
    """Every reason survives the way through a JSON column, in its order and of its type."""
    assert from_json(json.loads(json.dumps(to_json(reasons)))) == reasons
