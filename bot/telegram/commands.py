"""What each command does: from what was asked to the message that answers it.

Nothing here knows the library: it takes an ``Ask`` and gives a ``Message``. What a person did
wrong is raised as UsageError or QueryError.
"""

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.models import Chat, ChatKind
from bot.ports import Clock
from bot.subscriptions import ALL, Subscriptions, key
from bot.telegram import messages, pages, sources
from bot.telegram.markup import clean, is_visible
from bot.telegram.messages import Message

LATEST: Final = 5
"""How many stories /latest shows: one screen of a phone."""

_DIGITS: Final = 4

CLAIM: Final = "claim-"
"""What the payload of /start begins with in the link that makes the first admin."""

# "/help!" and "/subscribe: sanctions" are understood too.
_COMMAND: Final = re.compile(r"/(\w{1,64})(?:@(\w+))?(?![\w@])[:,;.!?]*(.*)", re.DOTALL)
_CHANGING: Final = frozenset({"subscribe", "unsubscribe", "newtopic", "deltopic"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A command as it came: who asks where, what stands behind it, and what it replies to.

    ``name`` is empty for what is no command; ``user_id`` is 0 where nobody is named;
    ``replied_alert`` is the id of the alert that the message replied to says it is, else 0.
    """

    chat: Chat
    name: str = ""
    args: str = ""
    thread: int = 0
    user_id: int = 0
    replied_to: int = 0
    replied_alert: int = 0

    @property
    def changes(self) -> bool:
        """Whether the command changes settings, rather than showing or asking."""
        return self.name in _CHANGING and bool(self.args)

    @property
    def private(self) -> bool:
        """Whether it was asked with nobody else listening."""
        return self.chat.kind is ChatKind.PRIVATE

    @property
    def claims(self) -> bool:
        """Whether this opens the one-time link, which must work for anybody."""
        return self.private and self.name == "start" and self.args.startswith(CLAIM)


Command = Callable[[Ask], Awaitable[Message]]


def read_command(text: str, bot_name: str) -> tuple[str, str] | None:
    """Read a command's name and arguments; None where it is none, or is another bot's.

    The arguments come without what nobody sees: control, direction and zero-width characters.
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None or (found[2] or bot_name).casefold() != bot_name.casefold():
        return None
    return found[1].lower(), clean(found[3]).strip()


class Commands:
    """The commands by name."""

    def __init__(self, subscriptions: Subscriptions, clock: Clock) -> None:
        """Keep the collaborators."""
        self._subscriptions = subscriptions
        self._clock = clock
        self.by_name: Mapping[str, Command] = {
            "start": self.start,
            "help": self.help,
            "topics": self.topics,
            "subscribe": self.subscribe,
            "unsubscribe": self.unsubscribe,
            "newtopic": self.newtopic,
            "mytopics": self.mytopics,
            "deltopic": self.deltopic,
            "latest": self.latest,
            "why": self.why,
            "sources": self.sources,
        }

    def find(self, ask: Ask) -> Command | None:
        """Find the command that was asked for; None for what is best left alone in a group."""
        return self.by_name.get(ask.name) or (self.unknown if ask.private else None)

    async def unknown(self, ask: Ask) -> Message:
        """Say what would be right instead of a command that is none."""
        if not ask.name:
            return pages.note(pages.ONLY_COMMANDS)
        close = difflib.get_close_matches(ask.name, self.by_name, n=1)
        return pages.unknown_command(ask.name, close[0] if close else "")

    async def start(self, ask: Ask) -> Message:
        """Welcome; or, with the code of the one-time link, make the user the admin."""
        if ask.args.startswith(CLAIM):
            return await self._claim(ask)
        return await self.welcome(ask.chat.id, ask.thread)

    async def welcome(self, chat_id: int, thread: int = 0) -> Message:
        """Make the welcome of a chat, with what it follows."""
        followed = await self._subscriptions.followed(chat_id, thread)
        own = await self._subscriptions.keyword_topics(chat_id)
        return pages.start(self._subscriptions.topics, followed, own)

    async def help(self, _: Ask) -> Message:
        """Say what the bot can do."""
        return pages.help_page(self._subscriptions.topics)

    async def topics(self, ask: Ask) -> Message:
        """Show the topics with their quality."""
        return pages.topics_page(self._subscriptions.topics, await self._followed(ask))

    async def subscribe(self, ask: Ask) -> Message:
        """Follow topics; without names, offer them."""
        if not ask.args:
            return pages.choose(self._subscriptions.topics, await self._followed(ask))
        return pages.followed_now(
            await self._subscriptions.follow(ask.chat.id, ask.thread, ask.args)
        )

    async def unsubscribe(self, ask: Ask) -> Message:
        """Leave topics; without names, offer them."""
        if not ask.args:
            return pages.choose(self._subscriptions.topics, await self._followed(ask))
        change = await self._subscriptions.unfollow(ask.chat.id, ask.thread, ask.args)
        if key(ask.args) == ALL:
            return pages.left_all(change, await self._subscriptions.keyword_topics(ask.chat.id))
        return pages.left_now(change)

    async def newtopic(self, ask: Ask) -> Message:
        """Save a keyword topic from ``NAME: QUERY``."""
        name, colon, query = ask.args.partition(":")
        if not (colon and is_visible(name) and is_visible(query)):
            return pages.how_to_make_topic(pages.NAME_AND_QUERY)
        saved = await self._subscriptions.save_keyword_topic(ask.chat.id, ask.thread, name, query)
        return pages.keyword_topic_saved(*saved)

    async def mytopics(self, ask: Ask) -> Message:
        """List the chat's keyword topics."""
        return pages.keyword_topics(await self._subscriptions.keyword_topics(ask.chat.id))

    async def deltopic(self, ask: Ask) -> Message:
        """Delete a keyword topic; without a name, list them."""
        if not ask.args:
            return await self.mytopics(ask)
        existed = await self._subscriptions.delete_keyword_topic(ask.chat.id, ask.args)
        return pages.keyword_topic_deleted(ask.args, existed=existed)

    async def latest(self, ask: Ask) -> Message:
        """Show the last stories."""
        found = await self._subscriptions.latest(ask.chat.id, ask.args, LATEST)
        return messages.latest(found, self._subscriptions.topics, self._clock.now(), ask.args)

    async def why(self, ask: Ask) -> Message:
        """Explain the alert that is replied to."""
        owed = ask.replied_to and await self._subscriptions.why(
            ask.chat.id, ask.replied_to, ask.replied_alert
        )
        if not owed:
            return pages.how_to_ask_why()
        return messages.why(owed, self._subscriptions.topics, self._clock.now())

    async def sources(self, ask: Ask) -> Message:
        """Show the feeds behind a topic, by its name and perhaps a page; or count those of each."""
        if not ask.args or key(ask.args) == ALL:
            return sources.overview(await self._subscriptions.sources(), self._clock.now())
        name, _, number = ask.args.rpartition(" ")
        if name and number.isdecimal():
            return await self._sources_of(name, number)
        return await self._sources_of(ask.args, "1")

    async def sources_pressed(self, what: str) -> Message:
        """Show what a button wants that says a topic and a page.

        Raises UsageError where it is none of today's.
        """
        name, _, number = what.rpartition(":")
        return await self._sources_of(name, number if number.isdecimal() else "1")

    async def _sources_of(self, name: str, number: str) -> Message:
        # Beyond the largest page all numbers are alike, and very long ones cannot be read.
        page = int(number[:_DIGITS])
        behind = await self._subscriptions.sources_of(name)
        return sources.page(behind, page, self._clock.now())

    async def _followed(self, ask: Ask) -> frozenset[str]:
        return await self._subscriptions.followed(ask.chat.id, ask.thread)

    async def _claim(self, ask: Ask) -> Message:
        code = ask.args.removeprefix(CLAIM)
        if ask.user_id and await self._subscriptions.claim(code, ask.user_id):
            return pages.claimed(await self.welcome(ask.chat.id))
        if await self._subscriptions.is_admin(ask.user_id):
            # Opened twice, or told of twice because the service ended before it could confirm.
            return pages.note(pages.ALREADY_ADMIN)
        return pages.note(pages.NOT_CLAIMED)
