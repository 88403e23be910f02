"""Why an alert is owed, to JSON and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.models import QueryReason, Reason, TopicReason


def to_json(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Write reasons as plain values, each with its kind."""
    return [_value(reason) for reason in reasons]


def from_json(values: Iterable[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """Read what ``to_json`` wrote."""
    return tuple(_reason(value) for value in values)


def words_from_json(values: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Read words with their weights; JSON has no tuples."""
    return tuple((word, weight) for word, weight in values)


def _value(reason: Reason) -> dict[str, Any]:
    match reason:
        case TopicReason(topic=topic, probability=probability, words=words):
            return {"kind": "topic", "topic": topic, "probability": probability, "words": words}
        case QueryReason(name=name, query=query, terms=terms, sentence=sentence):
            return {
                "kind": "query",
                "name": name,
                "query": query,
                "terms": terms,
                "sentence": sentence,
            }


def _reason(value: Mapping[str, Any]) -> Reason:
    if value["kind"] == "topic":
        return TopicReason(
            topic=value["topic"],
            probability=value["probability"],
            words=words_from_json(value["words"]),
        )
    return QueryReason(
        name=value["name"],
        query=value["query"],
        terms=tuple(value["terms"]),
        sentence=value["sentence"],
    )
