"""What does a publisher's answer mean? Pure functions of the status and the headers.

| status              | means                                               |
|---------------------|-----------------------------------------------------|
| 200                 | here is the document                                |
| 304                 | the document has not changed                        |
| 301 302 303 307 308 | ask at another address, where it is a usable one    |
| any other           | no document; ``Retry-After`` says when to ask again |
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from yarl import URL

from bot.errors import FeedUnavailable
from bot.models import Validators

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

LONGEST_WAIT: Final = 7 * 24 * 3600.0
"""The longest ``Retry-After`` that is believed, in seconds: a week."""

Headers = Mapping[str, str]


def conditions(known: Validators) -> dict[str, str]:
    """Give the request headers that ask for a document only if it has changed."""
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in asked.items() if value is not None}


def validators(headers: Headers, body_hash: str | None) -> Validators:
    """Give what to ask with next time, the publisher's words kept to the byte."""
    return Validators(
        etag=_echoable(headers.get("ETag")),
        last_modified=_echoable(headers.get("Last-Modified")),
        body_hash=body_hash,
    )


def confirmed(headers: Headers, known: Validators) -> Validators:
    """Give the validators after "not modified", which may bring newer ones (RFC 9111, 3.2)."""
    fresh = validators(headers, known.body_hash)
    return Validators(
        etag=fresh.etag or known.etag,
        last_modified=fresh.last_modified or known.last_modified,
        body_hash=known.body_hash,
    )


def _echoable(value: str | None) -> str | None:
    # What is not ASCII cannot be sent back in a header as it came.
    return value if value and value.isascii() else None


def checked(url: URL) -> URL:
    """Give ``url`` as it may be asked for: http or https, without credentials and fragment.

    Raises FeedUnavailable for any other.
    """
    if url.scheme not in {"http", "https"} or not url.host:
        raise FeedUnavailable("its address is not one that begins with http:// or https://")
    return url.with_user(None).with_fragment(None)


def redirected(source: URL, headers: Headers) -> URL:
    """Give the address that an answer from ``source`` sends us to.

    Raises FeedUnavailable where there is none, or none that is safe to follow.
    """
    try:
        target = checked(source.join(URL(headers.get("Location", ""))))
    except (ValueError, FeedUnavailable) as error:
        raise FeedUnavailable("it is redirected to an address that cannot be used") from error
    if source.scheme == "https" and target.scheme == "http":
        raise FeedUnavailable("it is redirected from https to http, which is not followed")
    return target


def failure(status: int, headers: Headers, now: datetime) -> FeedUnavailable:
    """Say why an answer that brings no document is none."""
    try:
        meaning = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        meaning = str(status)
    return FeedUnavailable(
        f"the server answered {meaning}",
        status=status,
        retry_after=retry_after(headers, now),
    )


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
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
