"""The meaning of queries, written as plainly as can be and apart from the matcher."""

import unicodedata

from bot.keywords.search import Searchable
from bot.keywords.tree import And, Field, Not, Or, Phrase, Prefix, Query, Term


def naive_words(text: str) -> list[str]:
    """Split a text into folded words, after the definition in the issue."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    spread = ""
    for char in folded:
        category = unicodedata.category(char)
        if category[0] in "LN":
            spread += char
        elif category[0] != "M":
            spread += " "
    return spread.split(" ") if spread.strip(" ") else []


def naive_match(query: Query, story: Searchable, fields: tuple[str, ...] | None = None) -> bool:
    """Decide a query on a story, place by place."""
    scope = fields or ("title", "summary", "body")
    match query:
        case Term(word):
            return any(word in _words(story, name) for name in scope)
        case Prefix(stem):
            return any(word.startswith(stem) for name in scope for word in _words(story, name))
        case Phrase(spoken):
            return any(
                _has_phrase(_words(story, name), spoken, last_is_prefix=query.open)
                for name in scope
            )
        case Not(operand):
            return not naive_match(operand, story, fields)
        case Field(name, operand):
            return naive_match(operand, story, (name,))
        case And(parts):
            return all(naive_match(part, story, fields) for part in parts)
        case Or(parts):
            return any(naive_match(part, story, fields) for part in parts)


def _words(story: Searchable, name: str) -> list[str]:
    return [word for word in naive_words(getattr(story, name)) if word]


def _has_phrase(words: list[str], spoken: tuple[str, ...], *, last_is_prefix: bool) -> bool:
    for first in range(len(words) - len(spoken) + 1):
        here = words[first : first + len(spoken)]
        last_fits = here[-1].startswith(spoken[-1]) if last_is_prefix else here[-1] == spoken[-1]
        if tuple(here[:-1]) == spoken[:-1] and last_fits:
            return True
    return False
