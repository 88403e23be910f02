"""Fetches documents as publishers like it, and as nobody can misuse it.

A request asks only for what has changed, keeps few connections to one host, follows redirects by
hand, connects to public addresses alone, and ends by the limits of its FetchPolicy whatever the
other side does.
"""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import aiohttp
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from bot.errors import FeedUnavailable
from bot.feeds import answers
from bot.feeds.addresses import Network, refusal
from bot.models import Validators
from bot.ports import Clock

STEP: Final = 64 * 1024
"""How many bytes of a document are taken at once, after decompression."""

_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
# Not zstd or br: a few KiB of those grow to hundreds of MiB.
_ENCODINGS: Final = "gzip, deflate"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How documents are fetched.

    ``timeout`` is in seconds and binds a whole reading, redirects included; ``max_bytes`` counts
    after decompression; ``per_host`` is how many requests to one host are in flight at most;
    feeds may also be on the networks of ``allow_private``.
    """

    user_agent: str
    timeout: float = 30.0
    max_bytes: int = 5 * 1024 * 1024
    max_redirects: int = 5
    per_host: int = 2
    allow_private: Sequence[Network] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that changed; ``url`` is where it was found after all redirects."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to ask with next time, and the document if it had changed."""

    validators: Validators
    document: Document | None


def user_agent(version: str, contact: str = "") -> str:
    """Name the program to publishers; ``contact`` is a page or address where to complain."""
    return f"Tocsin/{version} (+{contact})" if contact else f"Tocsin/{version}"


class Fetcher:
    """Fetches documents over one pool of connections."""

    def __init__(self, policy: FetchPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._hosts = _HostLimit(policy.per_host)
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

        Raises FeedUnavailable.
        """
        target = _parsed(url)
        seconds = self._policy.timeout
        for _ in range(self._policy.max_redirects + 1):
            async with self._hosts.slot(target):
                # The wait for our own limit is no fault of the publisher and is not counted.
                began = self._now()
                outcome = await self._hop(target, known, seconds)
                seconds -= self._now() - began
            if isinstance(outcome, Answer):
                return outcome
            target = outcome
        raise FeedUnavailable(f"it is redirected more than {self._policy.max_redirects} times")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def _hop(self, target: URL, known: Validators, seconds: float) -> Answer | URL:
        """Ask at one address: for the answer, or the address that it redirects to."""
        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().get(
                    target, headers=answers.conditions(known), allow_redirects=False
                ) as response,
            ):
                return await self._judged(response, known)
        except TimeoutError as error:
            limit = f"{self._policy.timeout:g} s"
            raise FeedUnavailable(f"took longer than {limit} to answer and was stopped") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FeedUnavailable(_explained(error, target)) from error

    async def _judged(self, response: aiohttp.ClientResponse, known: Validators) -> Answer | URL:
        if response.status in answers.REDIRECTS:
            return answers.redirected(response.url, response.headers)
        # A 304 to a request without conditions leaves us with nothing to go by.
        if response.status == 304 and answers.conditions(known):  # noqa: PLR2004 - its own name
            unchanged = answers.confirmed(response.headers, known)
            return Answer(validators=unchanged, document=None)
        if response.status != 200:  # noqa: PLR2004 - its own name
            raise answers.failure(response.status, response.headers, self._clock.now())
        return await self._received(response, known)

    async def _received(self, response: aiohttp.ClientResponse, known: Validators) -> Answer:
        body = await self._body(response)
        body_hash = hashlib.sha256(body).hexdigest()
        document = Document(
            url=str(response.url),
            content_type=response.headers.get("Content-Type", ""),
            body=body,
        )
        return Answer(
            validators=answers.validators(response.headers, body_hash),
            document=None if body_hash == known.body_hash else document,
        )

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        # aiohttp decompresses no further than its own small buffer ahead of what is taken here,
        # so a compression bomb is noticed long before it has unfolded.
        body = bytearray()
        async for part in response.content.iter_chunked(STEP):
            body += part
            if len(body) > self._policy.max_bytes:
                limit = f"{self._policy.max_bytes / 2**20:.3g} MiB"
                raise FeedUnavailable(f"the document is larger than {limit} and was stopped")
        if not body:
            raise FeedUnavailable("the server sent an empty document", status=response.status)
        return bytes(body)

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
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                trust_env=False,  # through a proxy, our check would see the proxy's address alone
                headers={
                    "User-Agent": self._policy.user_agent,
                    "Accept": _ACCEPT,
                    "Accept-Encoding": _ENCODINGS,
                },
            )
        return self._session

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for one resolved address; every connection passes here."""
        family, kind, protocol, _, (host, port, *_) = info
        why = refusal(host, port, self._policy.allow_private)
        if why is not None:
            raise _Refused(why)
        return socket.socket(family=family, type=kind, proto=protocol)


class _Refused(OSError):
    """A connection that is not made; being an OSError, it lets the host's next address be tried."""


class _HostLimit:
    """Lets only so many requests to one host be in flight; forgets a host that nobody asks."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def slot(self, target: URL) -> AsyncIterator[None]:
        """Hold one of the places for the host of ``target``, waiting for it where all are held."""
        host = _host(target)
        gate = self._gates.setdefault(host, _Gate(asyncio.Semaphore(self._limit)))
        gate.users += 1
        try:
            async with gate.places:
                yield
        finally:
            gate.users -= 1
            if not gate.users:
                del self._gates[host]


@dataclass(slots=True)
class _Gate:
    places: asyncio.Semaphore
    users: int = 0


def _host(target: URL) -> str:
    """Name a publisher's host; http and https on their usual ports are the same one."""
    return str(target.host) if target.is_default_port() else str(target.authority)


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
    (aiohttp.ClientPayloadError, "the document arrived damaged or incomplete"),
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
