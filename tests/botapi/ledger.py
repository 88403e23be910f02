"""What the server accepted and answered: the witness against which a service is judged."""

from dataclasses import dataclass, field

from tests.botapi.errors import Json
from tests.botapi.wire import Params, Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a message said at one time.

    ``html`` is the text as it was sent, ``text`` and ``entities`` what Telegram made of it,
    ``keyboard`` the rows of inline buttons. ``when`` is Unix time in seconds.
    """

    text: str
    html: str
    entities: tuple[Json, ...]
    keyboard: tuple[tuple[Json, ...], ...]
    when: float


@dataclass(slots=True, kw_only=True, eq=False)
class SentMessage:
    """A message of the bot that was accepted, with all its versions, the first as it was sent.

    ``thread`` is 0 where there is none; ``json`` is the message as Telegram would show it now.
    """

    chat_id: int
    message_id: int
    thread: int
    method: str
    json: Json = field(repr=False)
    versions: list[Version]
    upload: Upload | None = None
    reply_to: int | None = None
    silent: bool = False
    deleted: bool = False

    @property
    def when(self) -> float:
        """When the message was accepted, in Unix time."""
        return self.versions[0].when

    @property
    def text(self) -> str:
        """The plain text (or caption) as it is now."""
        return self.versions[-1].text

    @property
    def html(self) -> str:
        """The text as it was sent last, with its markup."""
        return self.versions[-1].html

    @property
    def entities(self) -> tuple[Json, ...]:
        """The entities of the text as it is now."""
        return self.versions[-1].entities

    @property
    def keyboard(self) -> tuple[tuple[Json, ...], ...]:
        """The rows of inline buttons as they are now."""
        return self.versions[-1].keyboard

    @property
    def buttons(self) -> list[str]:
        """The texts of all inline buttons."""
        return [button["text"] for row in self.keyboard for button in row]

    @property
    def links(self) -> list[str]:
        """The addresses that the text links to."""
        return [entity["url"] for entity in self.entities if "url" in entity]

    def button(self, label: str) -> Json:
        """Find a button by its whole text, or by a part that only one button has."""
        found = [button for row in self.keyboard for button in row if button["text"] == label]
        if not found:
            found = [each for row in self.keyboard for each in row if label in each["text"]]
        if len(found) != 1:
            raise LookupError(f"{len(found)} buttons {label!r} among {self.buttons}")
        return found[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An edit that was accepted."""

    message: SentMessage
    before: Version
    after: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bot answered to a tap on a button."""

    query_id: str
    text: str
    alert: bool
    url: str


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """A call as it arrived; ``outcome`` is ``ok``, a description of the refusal, or the fault.

    ``status`` is the HTTP status that was meant to be answered, 0 while there is none.
    ``when`` is Unix time, ``at`` the same moment by the monotonic clock.
    """

    method: str
    params: Params
    when: float
    at: float
    status: int = 0
    outcome: str = ""

    @property
    def chat_id(self) -> int | None:
        """The numeric chat that the call is for, if it names one."""
        text = str(self.params.values.get("chat_id", ""))
        return int(text) if text.lstrip("-").isdigit() else None


@dataclass(slots=True)
class Ledger:
    """All that was accepted, in order."""

    messages: list[SentMessage] = field(default_factory=list)
    by_chat: dict[int, list[SentMessage]] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def add(self, message: SentMessage) -> None:
        """Write down a message that was accepted."""
        self.messages.append(message)
        self.by_chat.setdefault(message.chat_id, []).append(message)

    def of_chat(self, chat_id: int, thread: int | None = None) -> list[SentMessage]:
        """Give the messages of a chat, of one thread or of all, that were not deleted."""
        return [
            message
            for message in self.by_chat.get(chat_id, ())
            if thread in {None, message.thread} and not message.deleted
        ]

    def find(self, chat_id: int, message_id: int) -> SentMessage | None:
        """Find a message that was not deleted."""
        for message in reversed(self.by_chat.get(chat_id, [])):
            if message.message_id == message_id:
                return None if message.deleted else message
        return None
