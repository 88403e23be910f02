"""What is wrong with the settings, told so that the person who wrote them can mend them.

No fault ever quotes a value: values hold tokens, passwords and private addresses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

Place = tuple[str | int, ...]
"""Where a value stands: section and key, and from there on the index in a list, from 0."""

Names = Mapping[Place, str]
"""How the person wrote the key of each place that they set."""

_LONGEST_KEY: Final = 200
_MOST_CHOICES: Final = 12
"""How many names a sentence can list and still be read."""

_PROBLEMS: Final = {
    "missing": "is missing",
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "finite_number": "is not a number that can be counted to",
    "bool_type": "is neither true nor false",
    "string_type": "is not text",
    "string_too_long": "is too long",
    "tuple_type": "is not a list",
    "model_type": "is not a table",
    "literal_error": "is not one of the words allowed here",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the settings.

    ``key`` is written as the person wrote it: ``polling.interval_min`` in a file,
    ``TOCSIN_POLLING__INTERVAL_MIN`` in the environment; items of a list count from 1.
    """

    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Give the fault as one line."""
        return printable(f"{self.key[:_LONGEST_KEY]} {self.problem}: {self.remedy}")


class SettingsError(Exception):
    """The settings cannot be used; the text lists every fault, one a line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Take the faults, at least one, in the order in which to tell them."""
        super().__init__(faults)
        self.faults: tuple[Fault, ...] = tuple(faults)

    def __str__(self) -> str:
        """Give all faults, one a line."""
        return "\n".join(str(fault) for fault in self.faults)


def printable(text: str) -> str:
    """Give ``text`` with line breaks, control characters and broken bytes written out."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


@dataclass
class Refused(ValueError):
    """What a validator raises: a fault in plain words.

    ``sibling`` names the other key of the same section where the fault lies between two; it is
    told at the one that the person wrote.
    """

    problem: str
    remedy: str
    sibling: str = ""


def faults_of(error: ValidationError, model: type[BaseModel], names: Names) -> tuple[Fault, ...]:
    """Turn what pydantic says of ``model`` into faults, with keys as written."""
    return tuple(_fault(each, model, names) for each in error.errors(include_url=False))


def unknown(key: str, known: Iterable[str], *, wrote: str) -> Fault:
    """Tell that no setting is called ``wrote``, and which of the ``known`` may be meant."""
    choices = sorted(known)
    if "token" in wrote.lower():
        return Fault(
            key,
            "is not a setting",
            "the bot's token is given as TELEGRAM_BOT_TOKEN or TELEGRAM_BOT_TOKEN_FILE",
        )
    near = get_close_matches(wrote, choices, n=1)
    listed = f"there are {', '.join(choices)}"
    if len(choices) > _MOST_CHOICES:
        listed = "config/defaults.toml lists what there is"
    return Fault(key, "is not a setting", f"did you mean {near[0]}?" if near else listed)


def model_within(annotation: object) -> type[BaseModel] | None:
    """Give the model that a field holds, itself or in a list; None for plain values."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _fault(error: Mapping[str, Any], model: type[BaseModel], names: Names) -> Fault:
    place, kind, reason = error["loc"], error["type"], error.get("ctx", {}).get("error")
    if kind == "extra_forbidden":
        known = _model_at(model, place[:-1]).model_fields
        return unknown(_key(place, names), known, wrote=str(place[-1]))
    if isinstance(reason, Refused):
        blamed = _blamed(place, reason.sibling, names)
        return Fault(_key(blamed, names), reason.problem, reason.remedy)
    return Fault(
        _key(place, names),
        _PROBLEMS.get(kind, "cannot be used"),
        _wanted(kind, model, place),
    )


def _blamed(place: Place, sibling: str, names: Names) -> Place:
    other = (*place[:-1], sibling)
    return other if place not in names and other in names else place


def _key(place: Place, names: Names) -> str:
    """Name a place by the longest part of it that the person wrote, and the rest after it."""
    for length in range(len(place), 0, -1):
        if place[:length] in names:
            return names[place[:length]] + _path(place[length:], start=".")
    return _path(place)


def _path(place: Place, start: str = "") -> str:
    path = ""
    for part in place:
        path += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if path else start}{part}"
    return path


def _model_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    for part in place:
        if isinstance(part, str):
            model = model_within(model.model_fields[part].annotation) or model
    return model


def _wanted(kind: str, model: type[BaseModel], place: Place) -> str:
    """Tell what would be right at a place."""
    if kind == "missing":
        return "add it"
    path = [part for part in place if isinstance(part, str)]
    if kind == "model_type":
        return f"write it as a table, [{path[-1]}], with its keys below"
    field = _model_at(model, tuple(path[:-1])).model_fields[path[-1]]
    return f"give {field.description or _number(field)}"


def _number(field: FieldInfo) -> str:
    bounds = {
        name: getattr(limit, name)
        for limit in field.metadata
        for name in ("ge", "le")
        if hasattr(limit, name)
    }
    kind = "a whole number" if field.annotation is int else "a number"
    return f"{kind} from {bounds['ge']} to {bounds['le']}"
