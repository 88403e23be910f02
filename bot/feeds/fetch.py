"""Fetches documents as publishers like it, and as nobody can misuse it.

A request asks only for what has changed, keeps few connections to one host, follows redirects by
hand, connects to public addresses alone, and ends by the limits of its FetchPolicy whatever the
other side does.
"""

import asyncio
import hashlib
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.errors import FeedUnavailable
from bot.feeds import answers
from bot.feeds.addresses import Network, refusal
from bot.feeds.answers import Redirect
from bot.feeds.body import CODINGS, DAMAGED, Body
from bot.feeds.hosts import HostGate
from bot.models import Validators
from bot.ports import Clock

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer  # only type checkers know it

STEP: Final = 64 * 1024
"""How many bytes of a document are taken at once, before decompression."""

SIP: Final = 8 * 1024
"""How many bytes are taken from the network at once."""

_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How documents are fetched.

    ``timeout`` is in seconds and binds a whole reading, redirects included; ``max_bytes`` counts
    after decompression; ``per_host`` is how many requests to one host are in flight at most, and
    ``spacing`` how many seconds lie between the starts of two; feeds may also be on the networks
    of ``allow_private``, where no spacing binds.
    """

    user_agent: str
    timeout: float = 30.0
    max_bytes: int = 5 * 1024 * 1024
    max_redirects: int = 5
    per_host: int = 2
    spacing: float = 1.0
    allow_private: Sequence[Network] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that changed; ``url`` is where it was found after all redirects."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to ask with next time, and the document if it had changed.

    ``fresh_for`` and ``moved_to`` are those of ``bot.models.Reading``.
    """

    validators: Validators
    document: Document | None
    fresh_for: timedelta | None = None
    moved_to: str = ""


def user_agent(version: str, contact: str = "") -> str:
    """Name the program to publishers; ``contact`` is a page or address where to complain."""
    return f"Tocsin/{version} (+{contact})" if contact else f"Tocsin/{version}"


class Fetcher:
    """Fetches documents over one pool of connections."""

    def __init__(self, policy: FetchPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._hosts = HostGate(
            limit=policy.per_host,
            spacing=timedelta(seconds=policy.spacing),
            own=policy.allow_private,
            clock=clock,
        )
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        """Give the fetcher; connections are made as they are needed."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the fetcher."""
        await self.close()

    async def close(self) -> None:
        """Close every connection for good; requests that still run fail."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, url: str, known: Validators) -> Answer:
        """Fetch the document at ``url`` if it is another than ``known`` describes.

        Raises FeedUnavailable, or FeedDeferred where its host wants to be left alone.
        """
        target = start = _parsed(url)
        lasting = True
        seconds = self._policy.timeout
        for _ in range(self._policy.max_redirects + 1):
            async with self._hosts.turn(target):
                # The wait for our own limit is no fault of the publisher and is not counted.
                began = self._now()
                here = target == start or known.url in {None, str(target)}
                asked = answers.conditions(known, here=here)
                outcome = await self._hop(target, asked, known, seconds)
                seconds -= self._now() - began
            if isinstance(outcome, Answer):
                moved = lasting and target != start
                return replace(outcome, moved_to=str(target)) if moved else outcome
            target = outcome.target
            lasting = lasting and outcome.lasting
        raise FeedUnavailable(f"it is redirected more than {self._policy.max_redirects} times")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def _hop(
        self, target: URL, asked: Mapping[str, str], known: Validators, seconds: float
    ) -> Answer | Redirect:
        """Ask at one address: for the answer, or the address that it redirects to."""
        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().get(target, headers=asked, allow_redirects=False) as response,
            ):
                return await self._judged(response, known, asked=bool(asked))
        except TimeoutError as error:
            limit = f"{self._policy.timeout:g} s"
            raise FeedUnavailable(f"took longer than {limit} to answer and was stopped") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FeedUnavailable(_explained(error, target)) from error

    async def _judged(
        self, response: aiohttp.ClientResponse, known: Validators, *, asked: bool
    ) -> Answer | Redirect:
        status, headers, now = response.status, response.headers, self._clock.now()
        if status in answers.REDIRECTS:
            return answers.redirected(response.url, status, headers)
        fresh = answers.fresh_for(headers, now)
        # A 304 to a request without conditions leaves us with nothing to go by.
        if status == 304 and asked:  # noqa: PLR2004 - its own name
            unchanged = answers.confirmed(response.url, headers, known)
            return Answer(validators=unchanged, document=None, fresh_for=fresh)
        if status == 200:  # noqa: PLR2004 - its own name
            return replace(await self._received(response, known), fresh_for=fresh)
        error = answers.failure(response.url, status, headers, now)
        if error.resting_host and error.retry_after:
            self._hosts.rest(error.resting_host, error.retry_after)
        raise error

    async def _received(self, response: aiohttp.ClientResponse, known: Validators) -> Answer:
        body = await self._body(response)
        body_hash = hashlib.blake2b(body, digest_size=32).hexdigest()
        document = Document(
            url=str(response.url),
            content_type=response.headers.get("Content-Type", ""),
            body=body,
        )
        return Answer(
            validators=answers.validators(response.url, response.headers, body_hash),
            document=None if body_hash == known.body_hash else document,
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = Body(response.headers.get("Content-Encoding", ""), self._policy.max_bytes)
        async for part in response.content.iter_chunked(STEP):
            body.add(part)
        whole = body.whole()
        if not whole:
            raise FeedUnavailable("the server sent an empty document", status=response.status)
        return whole

    def _opened(self) -> aiohttp.ClientSession:
        if self._closed:
            raise FeedUnavailable("the service is stopping")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=ThreadedResolver(),
                    use_dns_cache=False,
                    socket_factory=self._socket,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # bot.feeds.body does it, and notices a missing end
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                trust_env=False,  # through a proxy, our check would see the proxy's address alone
                headers={
                    "User-Agent": self._policy.user_agent,
                    "Accept": _ACCEPT,
                    "Accept-Encoding": CODINGS,
                },
            )
        return self._session

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for one resolved address; every connection passes here."""
        family, kind, protocol, _, (host, port, *_) = info
        why = refusal(host, port, self._policy.allow_private)
        if why is not None:
            raise _Refused(why)
        return _Sipping(family=family, type=kind, proto=protocol)


class _Sipping(socket.socket):
    """Takes little at a time.

    The event loop is not free until all that was taken is understood, and of answers in tiny
    pieces (hints before the answer, chunks of a byte) some hundred KiB cost half a second.
    """

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive as a socket does, but no more than a sip."""
        return super().recv(min(size, SIP), flags)

    def recv_into(self, buffer: "WriteableBuffer", size: int = 0, flags: int = 0) -> int:
        """Receive into a buffer, no more than a sip; 0 asks for as much as it holds."""
        room = size or memoryview(buffer).nbytes
        return super().recv_into(buffer, min(room, SIP), flags)


class _Refused(OSError):
    """A connection that is not made; being an OSError, it lets the host's next address be tried."""


@lru_cache(4096)  # the same feeds are asked again and again
def _parsed(url: str) -> URL:
    try:
        return answers.checked(URL(url))
    except ValueError as error:
        raise FeedUnavailable("its address is not a URL that can be used") from error


# The first that an error is one of tells what to say of it. Only the host is named: the rest of
# an address may hold a secret.
_FAULTS: Final = (
    (aiohttp.ClientConnectorDNSError, "the name {host} could not be found"),
    (aiohttp.ClientConnectorCertificateError, "the certificate of {host} is not valid"),
    (aiohttp.ClientSSLError, "no secure connection to {host} could be made"),
    (aiohttp.ClientConnectorError, "no connection to {host} could be made"),
    (aiohttp.ClientPayloadError, DAMAGED),
    (aiohttp.ServerDisconnectedError, "{host} closed the connection without an answer"),
    (ValueError, "its address is not a URL that can be used"),  # aiohttp.InvalidURL is one
    (aiohttp.ClientResponseError, "the answer of {host} is not proper HTTP"),
    (Exception, "the connection to {host} broke"),
)


def _explained(error: Exception, target: URL) -> str:
    """Give the sentence for a failed request."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, _Refused):
        return str(error.os_error)
    sentence = next(sentence for kind, sentence in _FAULTS if isinstance(error, kind))
    return sentence.format(host=target.host)
