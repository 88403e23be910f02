"""What a subscriber can do, without any chat."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import app, subscriptions
from bot.errors import QueryError, UsageError
from bot.models import Feed, Source, Story, Topic
from bot.subscriptions import KEYWORD_TOPICS_LIMIT, Subscriptions
from tests.builders import source, tag, tagged
from tests.fakes import FrozenClock, MemorySubscribers
from tests.telegram.shop import GAPS, TOPICS, matches, understand

Matches = Callable[[str], Callable[[Story, Source], bool]]


@pytest.fixture
def store() -> MemorySubscribers:
    """An empty store."""
    return MemorySubscribers()


@pytest.fixture
def subs(store: MemorySubscribers) -> Subscriptions:
    """The verbs over it, with one admin in the settings."""
    return make(store, admins=frozenset({5}))


async def no_feeds() -> list[Feed]:
    """Read nothing."""
    return []


def make(
    store: MemorySubscribers,
    admins: frozenset[int] = frozenset(),
    topics: Sequence[Topic] = TOPICS,
    *,
    open_to_all: bool = True,
    matches: Matches = matches,
) -> Subscriptions:
    """Make the verbs over a store."""
    clock = FrozenClock()
    return Subscriptions(
        store,
        topics,
        clock,
        admins,
        open_to_all=open_to_all,
        understand=understand,
        matches=matches,
        feeds=no_feeds,
        gaps=GAPS,
    )


async def test_following_tells_what_is_new_what_was_so_and_what_is_unknown(
    subs: Subscriptions,
) -> None:
    """Each name is answered for, and names typed twice count once."""
    await subs.follow(1, 0, "sanctions")
    change = await subs.follow(1, 0, "sanctions Ukraine aid ukraine-aid drone_suply xyz")
    assert [topic.name for topic in change.changed] == ["ukraine_aid"]
    assert [topic.name for topic in change.unchanged] == ["sanctions"]
    [near, far] = change.unrecognised
    assert near.meant == TOPICS[0]
    assert far.meant is None
    assert await subs.followed(1, 0) == {"sanctions", "ukraine_aid"}


async def test_threads_follow_for_themselves(subs: Subscriptions) -> None:
    """What one thread follows is not another's."""
    await subs.follow(1, 7, "all")
    assert await subs.followed(1, 0) == frozenset()
    assert len(await subs.followed(1, 7)) == 3


async def test_leaving_all_also_leaves_what_is_no_longer_on_offer(
    subs: Subscriptions, store: MemorySubscribers
) -> None:
    """A topic that the model has lost can still be left."""
    await store.follow(1, 0, ["sanctions", "of_long_ago"])
    change = await subs.unfollow(1, 0, " ALL ")
    assert [topic.name for topic in change.changed] == ["sanctions"]
    assert await subs.followed(1, 0) == frozenset()


async def test_topics_are_those_of_the_model_of_the_moment(store: MemorySubscribers) -> None:
    """Topics that come later are offered without a restart."""
    topics: list[Topic] = []
    subs = make(store, topics=topics)
    assert not subs.topics
    topics.extend(TOPICS)
    assert subs.topics == TOPICS


async def test_a_keyword_topic_is_saved_replaced_and_deleted_by_name(subs: Subscriptions) -> None:
    """Case and blanks of the name do not matter."""
    await subs.save_keyword_topic(1, 0, "  My   engines ", " rotax ")
    await subs.save_keyword_topic(1, 0, "my engines", "limbach")
    assert [topic.query for topic in await subs.keyword_topics(1)] == ["limbach"]
    assert await subs.delete_keyword_topic(1, "MY  ENGINES")
    assert not await subs.delete_keyword_topic(1, "my engines")


async def test_a_wrong_query_is_not_saved(subs: Subscriptions, store: MemorySubscribers) -> None:
    """The place of the fault reaches the caller."""
    with pytest.raises(QueryError) as caught:
        await subs.save_keyword_topic(1, 0, "engines", "a (b")
    assert caught.value.position == 2
    assert not store.keyword


async def test_a_chat_has_only_so_many_keyword_topics(subs: Subscriptions) -> None:
    """The last one that fits is taken, one more is refused, and replacing goes on."""
    for number in range(KEYWORD_TOPICS_LIMIT):
        await subs.save_keyword_topic(1, 0, f"topic {number}", "rotax")
    with pytest.raises(UsageError, match="the most there may be"):
        await subs.save_keyword_topic(1, 0, "one more", "rotax")
    await subs.save_keyword_topic(1, 0, "topic 0", "limbach")
    await subs.save_keyword_topic(2, 0, "one more", "rotax")


async def test_latest_looks_back_on_topics_and_keyword_topics(
    subs: Subscriptions, store: MemorySubscribers
) -> None:
    """At most as many as were asked for; an unknown name is told with the nearest."""
    store.stories = [(tagged(title=f"Rotax {n}", id=str(n)), source()) for n in range(9)]
    await subs.save_keyword_topic(1, 0, "Engines", "rotax")
    for name in ("", "all", "Drone supply", "engines"):
        assert len(await subs.latest(1, name, 5)) == 5
    with pytest.raises(UsageError, match="Did you mean Engines"):
        await subs.latest(1, "engine", 5)
    with pytest.raises(UsageError, match="See /topics"):
        await subs.latest(2, "engines", 5)


async def test_latest_of_a_keyword_topic_finds_untagged_stories_by_its_query(
    store: MemorySubscribers,
) -> None:
    """The real queries are asked: words of a story, and what is known of its source."""
    subs = make(store, matches=app._matches)
    no = tag(tagged=False)
    store.stories = [
        (tagged(no, title="Rotax engines found", id="1"), source(name="Reuters")),
        (tagged(no, title="Limbach engines found", id="2"), source(name="The Example")),
        (tagged(title="Engines of a drone", id="3"), source(name="Reuters")),
    ]
    for name, query, ids in (
        ("engines", "engine* -drone", ["1", "2"]),
        ("agency", "source:reuters", ["1", "3"]),
        ("both", "rotax source:example", []),
    ):
        await subs.save_keyword_topic(1, 0, name, query)
        found = await subs.latest(1, name, 5)
        assert [each.story.id for each, _ in found] == ids
    assert [each.story.id for each, _ in await subs.latest(1, "", 5)] == ["3"]


async def test_latest_of_a_keyword_topic_reads_its_query_once_and_no_more_than_it_must(
    store: MemorySubscribers,
) -> None:
    """The query is not read anew for each story, and stories beyond those shown are not read."""
    asked: list[str] = []

    def counting(query: str) -> Callable[[Story, Source], bool]:
        asked.append(query)

        def answers(story: Story, _: Source) -> bool:
            asked.append(story.id)
            return True

        return answers

    subs = make(store, matches=counting)
    store.stories = [(tagged(id=str(n)), source()) for n in range(9)]
    await subs.save_keyword_topic(1, 0, "engines", "rotax")
    assert len(await subs.latest(1, "engines", 2)) == 2
    assert asked == ["rotax", "0", "1"]


async def test_a_bot_that_is_not_open_is_for_its_admins(store: MemorySubscribers) -> None:
    """Those of the settings and those who claimed may use it, and nobody else."""
    assert await make(store).may_use(1)
    subs = make(store, open_to_all=False)
    assert not await subs.may_use(1)
    code = await subs.offer_claim()
    assert code
    await subs.claim(code, 1)
    assert await subs.may_use(1)
    assert not await subs.may_use(2)
    assert await make(store, admins=frozenset({2}), open_to_all=False).may_use(2)


async def test_names_typed_again_and_again_are_told_once(subs: Subscriptions) -> None:
    """However often an unknown name stands there, it is one; and names of nothing are none."""
    change = await subs.follow(1, 0, "xyz XYZ " * 250 + ", ; ,")
    assert [unknown.name for unknown in change.unrecognised] == ["xyz"]


async def test_the_first_with_the_code_becomes_the_admin_and_nobody_else(
    store: MemorySubscribers,
) -> None:
    """Only the code's hash is stored; a later offer makes an earlier code worthless."""
    subs = make(store)
    old, code = await subs.offer_claim(), await subs.offer_claim()
    assert old
    assert code
    assert code not in store._offered
    assert not await subs.claim(old, 1)
    assert await subs.claim(code, 1)
    assert not await subs.claim(code, 2)
    assert await subs.is_admin(1)
    assert not await subs.is_admin(2)
    assert await subs.offer_claim() is None


async def test_admins_of_the_settings_need_no_code(subs: Subscriptions) -> None:
    """Who is named there operates the bot from the start."""
    assert await subs.is_admin(5)
    assert await subs.offer_claim() is None


@given(st.text(max_size=200))
async def test_any_text_is_taken_as_names(text: str) -> None:
    """Whatever is typed is either a topic or told to be none."""
    change = await make(MemorySubscribers()).follow(1, 0, text)
    assert len(change.changed) + len(change.unrecognised) <= len(text) + 3


@given(st.text(max_size=50))
def test_the_key_of_a_name_is_its_own_key(name: str) -> None:
    """Names are compared in one form, however often it is made."""
    once = subscriptions.key(name)
    assert subscriptions.key(once) == once


async def test_the_sources_of_a_topic_are_found_by_its_name(subs: Subscriptions) -> None:
    """Case does not matter, and a slip is told with what was meant."""
    assert [each.topic for each in await subs.sources()] == list(TOPICS)
    found = await subs.sources_of("Ukraine aid")
    assert (found.topic.name, found.gaps) == ("ukraine_aid", GAPS[1:])
    with pytest.raises(UsageError, match="Did you mean sanctions"):
        await subs.sources_of("sanction")
