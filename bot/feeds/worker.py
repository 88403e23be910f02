"""What a parser's process is asked for. The parser is loaded there, never in the service."""

from datetime import datetime

from bot.models import ParsedFeed


def read(
    body: bytes, *, url: str, content_type: str, max_entries: int, now: datetime
) -> ParsedFeed:
    """Parse a document as ``bot.feeds.parse.parse`` does."""
    from bot.feeds.parse import parse  # noqa: PLC0415 - keeps the parser out of the service

    return parse(body, url=url, content_type=content_type, max_entries=max_entries, now=now)


def links(page: bytes, *, url: str, content_type: str) -> list[tuple[str, str]]:
    """Find the feeds that a page names as ``bot.feeds.discovery.feed_links`` does."""
    from bot.feeds.discovery import feed_links  # noqa: PLC0415 - as above

    return [(feed.address, feed.title) for feed in feed_links(page, url, content_type)]
