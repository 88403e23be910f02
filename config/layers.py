"""The layers of the settings that a person writes: their file, and above it the environment."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_origin

from pydantic import BaseModel

from config.faults import Fault, Place, model_within, unknown

PREFIX: Final = "TOCSIN_"
FILE_NAME: Final = "TOCSIN_CONFIG"
_FOR_TESTS: Final = "TOCSIN_TEST_"
_LARGEST_FILE: Final = 16 * 1024 * 1024
"""Bytes of a settings file that are read: some 50,000 feeds with all that is known of them."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Some of the settings, the keys as the person wrote them, and what was wrong in reading."""

    values: dict[str, Any] = field(default_factory=dict)
    names: dict[Place, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


# ── the file ─────────────────────────────────────────────────────────────────────────────────


def read_file(file: Path | None, environ: Mapping[str, str], model: type[BaseModel]) -> Layer:
    """Read the settings file: ``file``, else the one that TOCSIN_CONFIG names, else none."""
    named = environ.get(FILE_NAME, "")
    if file is None and not named.strip():
        return Layer()
    key = "--config" if file is not None else FILE_NAME
    path = file if file is not None else Path(named)
    try:
        values = tomllib.loads(_text(path))
    except OSError as error:
        return _unreadable(key, path, error.strerror or "it cannot be opened")
    except tomllib.TOMLDecodeError as error:
        return Layer(faults=[Fault(str(path), "is not valid TOML", f"mend it: {error}")])
    except RecursionError:
        return _unreadable(key, path, "its lists lie too deep in each other")
    except (ValueError, RuntimeError) as error:
        return _unreadable(key, path, str(error))
    return _only_sections(values, model)


def _text(path: Path) -> str:
    """Read a bounded text; editors of Windows begin it with a byte order mark."""
    with path.expanduser().open("rb") as opened:
        content = opened.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise ValueError(f"it is larger than {_LARGEST_FILE} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8") from None


def _unreadable(key: str, path: Path, why: str) -> Layer:
    return Layer(faults=[Fault(key, f"names a file that cannot be read, {path}", why)])


def _only_sections(values: Mapping[str, Any], model: type[BaseModel]) -> Layer:
    """Keep the sections that ``model`` has, and tell of all else, the bot's token included."""
    known = _sections(model)
    kept = {section: given for section, given in values.items() if section in known}
    strange = [unknown(key, known, wrote=key) for key in values if key not in known]
    return Layer(kept, dict(_names(kept)), strange)


def _sections(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Give what a person can write at the top: the tables, and the list of feeds."""
    return {
        name: inner
        for name, field_ in model.model_fields.items()
        if (inner := model_within(field_.annotation)) is not None
    }


def _names(values: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    for section, keys in values.items():
        yield (section,), section
        if isinstance(keys, dict):
            yield from (((section, key), f"{section}.{key}") for key in keys)


# ── the environment ──────────────────────────────────────────────────────────────────────────


def read_environment(environ: Mapping[str, str], model: type[BaseModel]) -> Layer:
    """Read ``TOCSIN_<SECTION>__<KEY>`` for every section and key of ``model``.

    Text is taken as it stands; numbers, lists and tables are JSON. A whole section may be given
    as a table, and single keys beside it stand above it.
    """
    layer = Layer()
    known = {name: (place, annotation) for name, place, annotation in _variables(model)}
    ours = [name for name in environ if name.startswith(PREFIX) and not _foreign(name)]
    for name in sorted(ours):  # a section sorts before its keys, so the keys win
        if name in known:
            place, annotation = known[name]
            value = _decode(environ[name], annotation)
            _take(layer, name, place, value, repeated=get_origin(annotation) is tuple)
        else:
            layer.faults.append(unknown(name, known, wrote=name))
    return layer


def _foreign(name: str) -> bool:
    return name == FILE_NAME or name.startswith(_FOR_TESTS)


def _variables(model: type[BaseModel]) -> Iterator[tuple[str, tuple[str, ...], object]]:
    """Give the name of every variable, the section and key that it sets, and their type."""
    for section, inner in _sections(model).items():
        held = model.model_fields[section].annotation
        yield f"{PREFIX}{section}".upper(), (section,), held
        if held is inner:  # a table, not a list of tables
            for key, keyed in inner.model_fields.items():
                yield f"{PREFIX}{section}__{key}".upper(), (section, key), keyed.annotation


def _take(
    layer: Layer,
    name: str,
    place: tuple[str, ...],
    value: Any,  # noqa: ANN401 - any JSON value
    *,
    repeated: bool,
) -> None:
    """Put one variable into the layer; ``repeated`` says that a list is wanted of a section."""
    match place, value:
        case (section, key), _:
            layer.values.setdefault(section, {})[key] = value
            layer.names[place] = name
        case (section,), list() if repeated:
            layer.values[section] = value
            layer.names[place] = name
        case (section,), dict() if not repeated:
            layer.values[section] = value
            layer.names.update({(section, key): f"{name}.{key}" for key in value})
        case _ if repeated:
            remedy = "give a JSON list of tables, as config/defaults.toml shows them at its end"
            layer.faults.append(Fault(name, "is not a list", remedy))
        case _:
            layer.faults.append(Fault(name, "is not a table", 'give JSON, such as {"key": 1}'))


def _decode(raw: str, annotation: object) -> Any:  # noqa: ANN401 - any JSON value
    """Decode what is no text as JSON; what is no JSON stays text, for the model to refuse."""
    if annotation in {str, Path} or get_origin(annotation) is Literal:
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw


# ── together ─────────────────────────────────────────────────────────────────────────────────


def merge(below: Layer, above: Layer) -> Layer:
    """Lay one layer on another, key by key within the sections; lists are replaced."""
    values = dict(below.values)
    for section, given in above.values.items():
        held = values.get(section, {})
        if isinstance(given, dict) and isinstance(held, dict):
            values[section] = held | given
        elif not isinstance(given, dict):  # a section that is no table stays: it is a fault
            values[section] = given
    return Layer(values, below.names | above.names, below.faults + above.faults)
