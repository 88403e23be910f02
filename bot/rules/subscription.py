"""Who is to be alerted to a story, and why?"""

from collections.abc import Iterable, Mapping, Sequence

from bot.models import Alert, QueryReason, Reason, Subscription, TaggedStory, TopicReason


def alerts_for(
    tagged: TaggedStory,
    subscriptions: Iterable[Subscription],
    hits: Mapping[int, QueryReason],
) -> list[Alert]:
    """Give the alerts that a story causes: one for each chat and thread, with all its reasons.

    ``hits`` maps the id of each keyword topic that matched to why it did.
    """
    reasons: dict[tuple[int, int], list[Reason]] = {}
    for subscription in subscriptions:
        reason = _reason(tagged, subscription, hits)
        if reason is not None:
            place = (subscription.chat_id, subscription.thread)
            reasons.setdefault(place, []).append(reason)
    return [_alert(tagged, chat, thread, why) for (chat, thread), why in reasons.items()]


def _reason(
    tagged: TaggedStory, subscription: Subscription, hits: Mapping[int, QueryReason]
) -> Reason | None:
    if subscription.keyword_topic is not None:
        return hits.get(subscription.keyword_topic.id)
    for tag in tagged.tags:
        if tag.tagged and tag.topic == subscription.topic:
            return TopicReason(topic=tag.topic, probability=tag.probability, words=tag.words)
    return None


def _alert(tagged: TaggedStory, chat_id: int, thread: int, reasons: Sequence[Reason]) -> Alert:
    return Alert(
        chat_id=chat_id,
        thread=thread,
        key=f"{tagged.event}:0",
        story_id=tagged.story.id,
        reasons=tuple(sorted(reasons, key=_surest_first)),
    )


def _surest_first(reason: Reason) -> float:
    """Put the subscriber's own keyword topics first, then the topics by probability."""
    return -reason.probability if isinstance(reason, TopicReason) else -1.0 - len(reason.terms)
