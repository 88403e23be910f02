"""What does a publisher's answer mean? Pure functions of the status and the headers.

| status              | means                                               |
|---------------------|-----------------------------------------------------|
| 200                 | here is the document                                |
| 304                 | the document has not changed                        |
| 301 302 303 307 308 | ask at another address, where it is a usable one    |
| 429                 | none, and leave its whole host alone for a time     |
| any other           | no document; ``Retry-After`` says when to ask again |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from yarl import URL

from bot.errors import FeedUnavailable
from bot.models import Validators
from bot.rules import polling

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
LASTING: Final = frozenset({301, 308})
"""The redirects that mean: ask there from now on (RFC 9110, 15.4)."""

TOO_MANY: Final = 429

LONGEST_WAIT: Final = polling.LONGEST_WAIT.total_seconds()
"""The longest ``Retry-After`` that is believed, in seconds: a week."""

REST: Final = 15 * 60.0
"""Seconds to leave a host alone that answers 429 without saying for how long."""

CHALLENGE_WAIT: Final = 4 * 3600.0
"""Seconds to wait after a page that only a person in a browser gets past: asking more often
looks like an attack."""

LONGEST_FRESH: Final = polling.DAY
"""The longest time that a document is taken to stay good without asking."""

Headers = Mapping[str, str]

_MAX_AGE: Final = re.compile(r"(?<![\w-])max-age\s*=\s*\"?(\d{1,18})", re.ASCII)
_NEVER_FRESH: Final = re.compile(r"(?<![\w-])no-(?:cache|store)(?![\w-])")


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where an answer sends us to, and whether that holds from now on."""

    target: URL
    lasting: bool


def conditions(known: Validators, *, here: bool = True) -> dict[str, str]:
    """Give the request headers that ask for a document only if it has changed.

    ``here`` tells that ``known`` is from the address that is asked. Of another only the ETag is
    told, which hardly any two pages share; any older page was "not modified" since a date.
    """
    dated = known.last_modified if here else None
    asked = {"If-None-Match": known.etag, "If-Modified-Since": dated}
    return {name: value for name, value in asked.items() if value is not None}


def validators(url: URL, headers: Headers, body_hash: str | None) -> Validators:
    """Give what to ask with next time, the publisher's words kept to the byte."""
    return Validators(
        url=str(url),
        etag=_echoable(headers.get("ETag")),
        last_modified=_echoable(headers.get("Last-Modified")),
        body_hash=body_hash,
    )


def confirmed(url: URL, headers: Headers, known: Validators) -> Validators:
    """Give the validators after "not modified", which may bring newer ones (RFC 9111, 3.2)."""
    fresh = validators(url, headers, known.body_hash)
    return Validators(
        url=fresh.url,
        etag=fresh.etag or known.etag,
        last_modified=fresh.last_modified or known.last_modified,
        body_hash=known.body_hash,
    )


def _echoable(value: str | None) -> str | None:
    # What is not ASCII cannot be sent back in a header as it came.
    return value if value and value.isascii() else None


def fresh_for(headers: Headers, now: datetime) -> timedelta | None:
    """Give how long an answer stays good, none to a day; None where it does not say.

    ``no-cache`` goes before ``max-age``, and that before ``Expires`` (RFC 9111, 5.2.2.4 and
    4.2.1); ``s-maxage`` is not for us. The time that the answer lay in caches is taken off. A
    date that is none has passed.
    """
    # A header may come in several lines, which a plain lookup would not show.
    control = ",".join(text for name, text in headers.items() if name.lower() == "cache-control")
    control = control.lower()
    if _NEVER_FRESH.search(control):
        return None
    if max_age := _MAX_AGE.search(control):
        seconds = float(max_age[1])
    elif "Expires" not in headers:
        return None
    else:
        date = _http_date(headers.get("Date", "")) or now
        seconds = ((_http_date(headers["Expires"]) or date) - date).total_seconds()
    age = headers.get("Age", "").strip()
    seconds -= float(age) if age.isascii() and age.isdigit() else 0
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_FRESH.total_seconds()))


def checked(url: URL) -> URL:
    """Give ``url`` as it may be asked for: http or https, without credentials and fragment.

    Raises FeedUnavailable for any other.
    """
    if url.scheme not in {"http", "https"} or not url.host:
        raise FeedUnavailable("its address is not one that begins with http:// or https://")
    if url.raw_user is None and url.raw_password is None and not url.raw_fragment:
        return url
    return url.with_user(None).with_fragment(None)


def redirected(source: URL, status: int, headers: Headers) -> Redirect:
    """Give where an answer from ``source`` sends us to.

    Raises FeedUnavailable where that is nowhere, or where it is not safe to follow.
    """
    try:
        target = checked(source.join(URL(headers["Location"])))
    except (KeyError, ValueError, FeedUnavailable) as error:
        raise FeedUnavailable("it is redirected to an address that cannot be used") from error
    if source.scheme == "https" and target.scheme == "http":
        raise FeedUnavailable("it is redirected from https to http, which is not followed")
    return Redirect(target, lasting=status in LASTING)


def failure(source: URL, status: int, headers: Headers, now: datetime) -> FeedUnavailable:
    """Say why an answer from ``source`` that brings no document is none, and what it asks for."""
    asked = retry_after(headers, now)
    reason = f"the server answered {_meaning(status)}"
    if status == TOO_MANY and asked is None:
        asked = REST
    if headers.get("cf-mitigated", "").lower() == "challenge":
        reason = "its site shows programs a challenge (Cloudflare)"
        asked = max(asked or 0.0, CHALLENGE_WAIT)
    return FeedUnavailable(
        reason,
        status=status,
        retry_after=asked,
        resting_host=polling.host_of(str(source)) if status == TOO_MANY else "",
    )


def _meaning(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Give the seconds that the publisher asks us to wait, 0 to a week; None where it does not.

    ``Retry-After`` is a number of seconds or a date (RFC 9110, 10.2.3). A date is read against
    the answer's own ``Date``, because the publisher's clock may differ from ours.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT)
    until = _http_date(value)
    if until is None:
        return None
    seconds = (until - (_http_date(headers.get("Date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a zone of billions of hours is the latter
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
