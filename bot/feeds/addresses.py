"""Which addresses on the network may a feed be read from?

A feed's URL is written by a person or by another server, so it must not reach the network that
Tocsin itself stands in. The question is asked of the address that a socket is about to connect
to: no spelling of a host, redirect or changing DNS answer can go round that.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network

PUBLIC_PORTS: Final = frozenset({80, 443, 8080, 8443})
"""The ports where publishers serve feeds; any other is a service that is none of our business."""

# IANA hands out global addresses from this block alone; loopback, unique local, link-local,
# site-local, multicast, segment-routing and IPv4-compatible addresses lie outside of it.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: IPv4 as an IPv6-only network sees it
# Pythons differ on these, or take them for global.
_SPECIAL: Final = (
    IPv4Network("192.0.0.0/24"),  # RFC 6890: protocols; one cloud keeps its metadata there
    IPv4Network("168.63.129.16"),  # the host of a virtual machine in Azure, as the machine sees it
    IPv6Network("2001::/23"),  # RFC 2928: protocols, Teredo among them
    IPv6Network("3fff::/20"),  # RFC 9637: documentation
)


def refusal(address: str, port: int, allowed: Sequence[Network] = ()) -> str | None:
    """Tell why nothing may connect to ``address`` and ``port``, or None where it may.

    ``address`` is numeric, as a resolver gives it. The networks of ``allowed`` are let in at
    every port, private or not.
    """
    ip = _unmapped(ip_address(address))
    if any(ip in network for network in allowed):
        return None
    if not is_public(ip):
        return "its address is not public and not on network.allow_private"
    if port not in PUBLIC_PORTS:
        return f"port {port} is not one that feeds are read from"
    return None


def is_public(address: str | IPv4Address | IPv6Address) -> bool:
    """Tell whether a numeric address is reached over the public internet, and only there.

    An IPv6 address that carries IPv4 addresses is public only where all of those are.
    """
    ip = _unmapped(ip_address(address))
    if any(ip in network for network in _SPECIAL):
        return False
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast
    return _is_global6(ip) and all(map(is_public, _carried(ip)))


def _unmapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Give the IPv4 address behind ``::ffff:a.b.c.d``, which the system connects to as IPv4."""
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return mapped or ip


def _is_global6(ip: IPv6Address) -> bool:
    # What carries an IPv4 address is as public as that; Pythons differ on 6to4 itself.
    if ip in _NAT64 or ip.sixtofour is not None:
        return True
    return ip in _GLOBAL_UNICAST and ip.is_global


def _carried(ip: IPv6Address) -> list[IPv4Address]:
    """Give the IPv4 addresses that a packet to ``ip`` may end at."""
    if ip in _NAT64:
        return [IPv4Address(int(ip) & 0xFFFF_FFFF)]
    return [] if ip.sixtofour is None else [ip.sixtofour]
