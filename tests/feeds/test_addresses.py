"""Which addresses feeds may be read from."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.addresses import is_public, refusal

INNER = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "0.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "168.63.129.16",
    "192.0.0.1",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001:0:7f00:1::",
    "2001:0:808:808:0:0:80ff:fffe",
    "2001:1::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]

OUTER = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
]


@pytest.mark.parametrize("address", INNER)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """No way of writing an inner address makes it a public one."""
    assert not is_public(address)
    assert "not public" in str(refusal(address, 443))


@pytest.mark.parametrize("address", OUTER)
def test_a_public_address_is_let_in(address: str) -> None:
    """Publishers are reached, over IPv6-only networks too."""
    assert is_public(address)
    assert refusal(address, 443) is None


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f000001", "017700000001", "127.1", "0"])
def test_a_number_that_the_system_takes_for_loopback_is_refused(spelling: str) -> None:
    """What counts is the address that the system makes of a host, not its text."""
    address = socket.getaddrinfo(spelling, 80, socket.AF_INET)[0][4][0]
    assert refusal(str(address), 80) is not None


@pytest.mark.parametrize("port", [22, 25, 6379, 8000, 9200])
def test_only_the_ports_of_publishers_are_asked(port: int) -> None:
    """A feed cannot make us speak to another kind of service."""
    assert str(port) in str(refusal("8.8.8.8", port))


def test_an_allowed_network_is_let_in_at_every_port_and_no_other_is() -> None:
    """The operator's own feeds can be read, and nothing beside them."""
    own = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    assert refusal("10.1.2.3", 9000, own) is None
    assert refusal("::ffff:10.1.2.3", 80, own) is None
    assert refusal("fd00::7", 80, own) is None
    assert refusal("10.2.0.1", 80, own) is not None
    assert refusal("127.0.0.1", 80, own) is not None
    assert refusal("64:ff9b::10.1.2.3", 80, own) is not None


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_as_public_as_itself(inner: IPv4Address) -> None:
    """Every known way of carrying IPv4 in IPv6 is seen through."""
    number = int(inner)
    for outer in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert is_public(IPv6Address(outer)) == is_public(inner)


@given(st.ip_addresses())
def test_no_address_is_public_that_the_standard_library_calls_inner(
    address: IPv4Address | IPv6Address,
) -> None:
    """Our rule is never laxer than Python's own."""
    if is_public(address):
        plain = ip_address(address)
        assert not plain.is_loopback
        assert not plain.is_link_local
        assert not plain.is_multicast
        assert not plain.is_unspecified
