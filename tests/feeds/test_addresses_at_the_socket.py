"""Addresses that feeds must not lead to, tried for real: what counts is whom a socket is sent to.

Each target is tried as the address of a feed and as where a feed redirects to. Python itself
reports every connection of this process that is about to be made; none but those to the test's
own publisher is let through, so nothing leaves this machine.
"""

import asyncio
import dataclasses
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from bot.errors import FeedUnavailable
from bot.feeds.fetch import Fetcher
from bot.models import Validators
from tests.feeds.clock import FrozenClock
from tests.feeds.conftest import LOOPBACK
from tests.feedserver.server import FeedServer

PUBLISHER = "127.0.0.2"
PUBLIC = "93.184.216.34"

TARGETS = [
    # the target, and why it must not be reached
    ("http://127.0.0.1/", "loopback"),
    ("http://127.255.255.254/", "the other end of loopback"),
    ("http://localhost/", "loopback by its name"),
    ("http://LOCALHOST./", "… shouted, with a dot"),
    ("http://127.0.0.1./", "loopback with a dot"),
    ("http://127.1/", "loopback in short"),
    ("http://2130706433/", "loopback as a number"),
    ("http://017700000001/", "… in octal"),
    ("http://0x7f000001/", "… in hex"),
    ("http://0X7F.0.0.0x1/", "… in parts of hex"),
    ("http://0177.0.0.01/", "… in parts of octal"),
    ("http://0/", "zero, which is this machine"),
    ("http://0.0.0.0/", "… in full"),
    ("http://①②⑦.⓪.⓪.①/", "loopback in circles"),
    ("http://１２７.０.０.１/", "… in full width"),
    ("http://127。0。0。1/", "… with the dots of another script"),
    ("http://public.example@127.0.0.1/", "a name in front that is a user"),
    ("http://93.184.216.34:80@127.0.0.1/", "… that is an address"),
    ("http://127.0.0.1\\@public.example/", "… behind a stroke that some take for the end"),
    ("http://[::1]/", "loopback of IPv6"),
    ("http://[0:0:0:0:0:0:0:1]/", "… in full"),
    ("http://[::]/", "no address, which is this machine"),
    ("http://[::127.0.0.1]/", "loopback as IPv6 once carried it"),
    ("http://[::ffff:127.0.0.1]/", "… mapped"),
    ("http://[::FFFF:7F00:1]/", "… mapped, in hex"),
    ("http://[::ffff:0:127.0.0.1]/", "… translated"),
    ("http://[64:ff9b::127.0.0.1]/", "… behind NAT64"),
    ("http://[64:ff9b::a9fe:a9fe]/", "metadata behind NAT64"),
    ("http://[64:ff9b:1::1]/", "a local NAT64"),
    ("http://[2002:7f00:1::]/", "loopback in 6to4"),
    ("http://[2002:c0a8:101::1]/", "a home network in 6to4"),
    ("http://[2001:0:7f00:1::]/", "loopback in Teredo"),
    ("http://[2001:0:5db8:d822:0:0:80ff:fffe]/", "loopback behind a public Teredo"),
    ("http://[fe80::1%25lo]/", "link-local with a zone"),
    ("http://[fe80::1]/", "link-local"),
    ("http://[fec0::1]/", "site-local"),
    ("http://[fd12:3456:789a::1]/", "unique local"),
    ("http://[fd00:ec2::254]/", "a cloud's metadata on IPv6"),
    ("http://[ff02::1]/", "everybody on the link"),
    ("http://[100::1]/", "the discard prefix"),
    ("http://[2001:db8::1]/", "documentation"),
    ("http://[3fff::1]/", "documentation, the newer"),
    ("http://[5f00::1]/", "segment routing"),
    ("http://10.0.0.1/", "a private network"),
    ("http://172.16.0.1/", "… another"),
    ("http://192.168.1.1/", "… another"),
    ("http://3232235777/", "… as a number"),
    ("http://100.64.0.1/", "a carrier's network"),
    ("http://100.100.100.200/", "a cloud's metadata within it"),
    ("http://169.254.1.1/", "link-local"),
    ("http://169.254.169.254/latest/meta-data/", "the clouds' metadata"),
    ("http://2852039166/", "… as a number"),
    ("http://0xa9.254.0251.254/", "… in a mixture"),
    ("http://192.0.0.192/", "… of another cloud, among the protocols"),
    ("http://168.63.129.16/", "… of another, on an address that looks public"),
    ("http://metadata.google.internal/", "… by its name"),
    ("http://inner.example/", "a name that leads inside"),
    ("http://inner6.example/", "a name that leads inside on IPv6"),
    ("http://mapped.example/", "a name that leads to a mapped address"),
    ("http://bücher.example/", "a name of another script that leads inside"),
    ("http://198.18.0.1/", "benchmarks of networks"),
    ("http://192.0.2.1/", "documentation"),
    ("http://198.51.100.1/", "… another"),
    ("http://203.0.113.1/", "… another"),
    ("http://224.0.0.1/", "multicast"),
    ("http://239.255.255.250:80/", "multicast of devices at home"),
    ("http://240.0.0.1/", "reserved"),
    ("http://255.255.255.255/", "broadcast"),
    (f"http://{PUBLIC}:22/", "a port that is not for feeds"),
    (f"http://{PUBLIC}:25/", "… for mail"),
    (f"http://{PUBLIC}:6379/", "… for a database"),
    (f"https://{PUBLIC}:0/", "… that is none"),
    ("file:///etc/passwd", "a file"),
    ("file://public.example/etc/passwd", "a file of another machine"),
    ("ftp://public.example/feed.xml", "not the web"),
    ("gopher://public.example:70/_x", "a protocol that can be made to speak others"),
    ("data:application/rss+xml,<rss/>", "no address at all"),
    ("unix:///var/run/docker.sock", "a socket of this machine"),
    ("//", "nothing"),
]

NAMES = {
    "public.example": [[PUBLIC]],
    "localhost": [["127.0.0.1", "::1"]],
    "localhost.": [["127.0.0.1", "::1"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "inner.example": [["10.1.2.3"]],
    "inner6.example": [["fd00::1"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "xn--bcher-kva.example": [["127.0.0.1"]],
    "mixed.example": [["127.0.0.1", PUBLIC, "::1", "169.254.169.254"]],
    "mixed6.example": [["fd00::1", "2606:4700:4700::1111", "::ffff:10.0.0.1"]],
    "rebinding.example": [[PUBLIC], ["127.0.0.1"]],
}
"""What each name leads to: the first list at the first question, the last at all later ones."""


class Watch:
    """Hears of every connection before it is made, and stops those that leave the test."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.on = False
        self.seen: list[tuple[str, int]] = []

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Note whom a socket is sent to; refuse to send it anywhere but to the publisher."""
        if not self.on or event not in {"socket.connect", "socket.sendto"}:
            return
        host, port = args[1][:2] if isinstance(args[1], tuple) else (str(args[1]), 0)
        self.seen.append((host, port))
        if host != PUBLISHER:
            raise ConnectionRefusedError


_WATCH = Watch()
sys.addaudithook(_WATCH.hear)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The watch, on while the test runs; Python keeps it for good, so there is one."""
    _WATCH.seen.clear()
    _WATCH.on = True
    yield _WATCH
    _WATCH.on = False


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look names up in NAMES; numbers are read as the system reads them, and nobody is asked."""
    asked: dict[str, int] = {}
    system = socket.getaddrinfo

    def lookup(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        if host not in NAMES:
            return list(system(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
        turns = NAMES[host]
        turn = min(asked.setdefault(host, 0), len(turns) - 1)
        asked[host] += 1
        return [
            found
            for address in turns[turn]
            for found in system(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


@pytest.fixture
async def fetch() -> AsyncIterator[Fetcher]:
    """A fetcher that may read from the publisher of the test, and from the public net."""
    policy = dataclasses.replace(LOOPBACK, allow_private=(ip_network(PUBLISHER),), timeout=5.0)
    async with Fetcher(policy, FrozenClock()) as fetcher:
        yield fetcher


@pytest.fixture
async def publisher() -> AsyncIterator[FeedServer]:
    """A publisher that a fetcher of the test may read from."""
    async with FeedServer(host=PUBLISHER) as server:
        yield server


async def refused(fetch: Fetcher, url: str) -> None:
    """Fetch what must not be had."""
    with pytest.raises(FeedUnavailable):
        await fetch.get(url, Validators())


def outer(target: str) -> set[tuple[str, int]]:
    """Give whom a target may be taken to mean: behind a stroke, the public name after it."""
    return {(PUBLIC, 80)} if "\\" in target else set()


@pytest.mark.parametrize(("target", "why"), TARGETS)
async def test_no_socket_is_sent_there_by_a_feed(
    fetch: Fetcher, watch: Watch, target: str, why: str
) -> None:
    """The address of a feed leads to the public net, or nowhere."""
    await refused(fetch, target)
    assert set(watch.seen) <= outer(target), why


@pytest.mark.parametrize(("target", "why"), TARGETS)
async def test_no_socket_is_sent_there_by_a_redirect(
    fetch: Fetcher, watch: Watch, publisher: FeedServer, target: str, why: str
) -> None:
    """Neither does a redirect: the publisher is asked, and the trail ends with it."""
    await refused(fetch, publisher.redirect("/a", target))
    assert publisher.requests
    assert set(watch.seen) <= {(PUBLISHER, publisher.port)} | outer(target), why


@pytest.mark.parametrize(
    ("name", "address"), [("mixed.example", PUBLIC), ("mixed6.example", "2606:4700:4700::1111")]
)
async def test_of_mixed_answers_only_the_public_ones_are_tried(
    fetch: Fetcher, watch: Watch, name: str, address: str
) -> None:
    """A name that leads outside and inside leads outside."""
    await refused(fetch, f"http://{name}/")
    assert {host for host, _ in watch.seen} == {address}


async def test_a_name_that_leads_inside_the_second_time_leads_nowhere_then(
    fetch: Fetcher, watch: Watch
) -> None:
    """What a name led to a moment ago is not what is connected to now."""
    await refused(fetch, "http://rebinding.example/")
    assert watch.seen == [(PUBLIC, 80)]
    await refused(fetch, "http://rebinding.example/")
    assert watch.seen == [(PUBLIC, 80)]


async def test_a_proxy_of_the_environment_is_not_used(
    fetch: Fetcher, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy the check would see the proxy's address alone."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    await refused(fetch, "http://public.example/")
    assert watch.seen == [(PUBLIC, 80)]


@pytest.mark.parametrize("family", ["127.0.0.1", "::1"])
async def test_a_listener_inside_hears_nothing(fetch: Fetcher, family: str) -> None:
    """The same without the watch, with somebody there who would answer."""
    kind = socket.AF_INET6 if ":" in family else socket.AF_INET
    try:
        trap = socket.create_server((family, 0), family=kind)
    except OSError:
        pytest.skip(f"this machine has no {family}")
    with trap:
        trap.settimeout(0)
        port = trap.getsockname()[1]
        for host in ("127.0.0.1", "[::1]", "localhost", "[::ffff:127.0.0.1]", "0", "[::]"):
            await refused(fetch, f"http://{host}:{port}/")
        await asyncio.sleep(0)
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_the_list_is_long_enough_and_says_everything_once() -> None:
    """Forty hostile targets were promised."""
    assert len({target for target, _ in TARGETS}) == len(TARGETS) >= 40
