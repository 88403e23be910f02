"""What people get who write too much, too little, too often, or what nobody can see."""

import logging

import pytest

from tests.botapi.html import utf16_units
from tests.telegram.shop import Shop

SHORT = 600
"""UTF-16 units of an answer that is read at a glance."""

UNSEEN = "\u200b\u2060\ufeff\u200e"
BACKWARDS = "\u202eسنانير\u202c \u2066עברית\u2069"

ODD = [
    ("hello", "only understand commands"),
    ("x" * 10_000, "only understand commands"),
    (BACKWARDS, "only understand commands"),
    (UNSEEN, "only understand commands"),
    ("/", "only understand commands"),
    ("//help", "only understand commands"),
    ("/" + "h" * 65, "only understand commands"),
    ("/допомога", "do not know /допомога"),
    ("/help@another_bot", "only understand commands"),
    (UNSEEN + "/help", "only understand commands"),
    ("/frobnicate", "do not know /frobnicate. All that I can do: /help"),
    ("/subscrib sanctions", "Did you mean /subscribe?"),
    ("/" + "q" * 64, "/help"),
    ("/help!", "I am Tocsin"),
    ("/topics, please", "Topics that I recognise"),
    ("/subscribe", "Tap a topic"),
    ("/subscribe ,;,", "Which topic?"),
    ("/subscribe " + UNSEEN, "Tap a topic"),
    ("/subscribe: sanctions.", "There is no topic “sanctions.”. Did you mean sanctions?"),
    ("/subscribe:sanctions", "Now following: Sanctions"),
    ("/subscribe sanc" + UNSEEN + "tions", "Now following: Sanctions"),
    ("/subscribe " + " ".join(f"name{n}" for n in range(500)), "I do not know 495 more"),
    ("/subscribe " + " sanction" * 500, "Did you mean sanctions?"),
    ("/subscribe " + "sanctions " * 500, "Now following: Sanctions"),
    ("/subscribe " + "s" * 10_000, "There is no topic “sss"),
    ("/subscribe " + BACKWARDS, "All topics: /topics"),
    ("/subscribe " + "<a href='x'>" * 200, "There is no topic “<a”"),
    ("/unsubscribe ,", "Which topic?"),
    ("/unsubscribe nothing", "All topics: /topics"),
    ("/unsubscribe all", "No topic was followed."),
    ("/newtopic", "with a colon between"),
    ("/newtopic engines rotax", "with a colon between"),
    ("/newtopic engines:", "with a colon between"),
    (f"/newtopic {UNSEEN}: rotax", "with a colon between"),
    (f"/newtopic engines: {UNSEEN}", "with a colon between"),
    ("/newtopic " + "n" * 10_000 + ": rotax", "longer than 40 characters"),
    ("/newtopic engines: " + "q " * 5_000, "longer than 1,000 characters"),
    ("/newtopic engines: a AND (b", "The ▸ shows where"),
    ("/newtopic " + BACKWARDS + ": " + BACKWARDS, "Saved and followed"),
    ("/mytopics whatever", "Make one like this"),
    ("/deltopic", "Make one like this"),
    ("/deltopic unknown", "no keyword topic “unknown” here"),
    ("/deltopic " + "d" * 10_000, "Those that are: /mytopics"),
    ("/latest unknown", "There is no topic “unknown”"),
    ("/latest " + "🛸" * 5_000, "There is no topic “🛸🛸"),
    ("/latest " + BACKWARDS, "See /topics and /mytopics"),
    ("/why", "Reply with /why"),
    ("/why not?", "Reply with /why"),
    ("/start claim-", "no longer good"),
    ("/start claim-" + "c" * 10_000, "no longer good"),
    ("/start " + UNSEEN + "payload", "alarm bell"),
]


@pytest.mark.parametrize(("said", "answer"), ODD, ids=lambda each: ascii(each)[1:30])
async def test_whatever_is_written_gets_one_short_answer_that_says_what_would_be_right(
    shop: Shop, caplog: pytest.LogCaptureFixture, said: str, answer: str
) -> None:
    """Nothing fails on our side, and nobody has to scroll."""
    ada = shop.server.user(1001)
    told = await ada.ask(said)
    assert answer in told.text
    pages = ("I am Tocsin", "alarm bell", "Topics that I recognise")
    assert utf16_units(told.text) <= SHORT or any(page in told.text for page in pages)
    assert (await ada.ask("/why")).message_id > told.message_id
    assert len(ada.messages) == 2
    assert [each.message for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_a_name_that_was_written_with_unseen_letters_is_found_without(shop: Shop) -> None:
    """What nobody sees is not part of a name."""
    ada = shop.server.user(1001)
    await ada.ask(f"/newtopic En{UNSEEN}gines\u202e: ro{UNSEEN}tax")
    assert "Engines: rotax\n" in (await ada.ask("/mytopics")).text + "\n"
    assert "Deleted" in (await ada.ask("/deltopic engines")).text


async def test_two_hundred_keyword_topics_are_listed_in_one_message(shop: Shop) -> None:
    """How one is deleted stands first, where no cut can take it away."""
    ada = shop.server.user(1001)
    await ada.ask("/start")
    for number in range(200):
        await shop.subscriptions.save_keyword_topic(1001, 0, f"Topic {number}", "rotax " * 20)
    shown = (await ada.ask("/mytopics")).text
    assert shown.startswith("Keyword topics of this chat: 200. Delete one with /deltopic NAME")
    assert shown.endswith("…")


async def test_sixty_commands_at_once_are_all_answered_in_their_order(shop: Shop) -> None:
    """A burst waits for its turn; none of it is lost or overtakes another."""
    ada = shop.server.user(1001)
    for number in range(60):
        await ada.send(f"/unknown{number}")
    answers = [await ada.next_message() for _ in range(60)]
    told = [answer.text.split()[4].rstrip(".") for answer in answers]
    assert told == [f"/unknown{number}" for number in range(60)]
