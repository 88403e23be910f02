"""The frozen model on disk: ``model.npz`` with its arrays, ``model.json`` with all the rest.

Nothing is pickled. ``model.json`` holds the digest of ``model.npz``, so a half-finished pair is
seen, and the digests of what the weights depend on, so a model made for other concepts, topics or
features is refused. The same corpus and code give the same bytes.
"""

import hashlib
import io
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from classifiers import concepts, labelled, topics
from classifiers.model import Model, Weights

ROOM: Final = Path(__file__).parent
PACKAGED: Final = ROOM / "model"
"""Where ``make setup`` puts the model, and where wheel and image carry it."""

FORMAT: Final = 1
REMEDY: Final = "run `make train`, or `python main.py train`, to build it"

_FEATURE_CODE: Final = ("words.py", "vocabulary.py", "concepts.py", "text.py")
_TRAINING_CODE: Final = (*_FEATURE_CODE, "labelled.py", "training.py")


class ModelError(Exception):
    """The frozen model cannot be used; the text is one sentence with the remedy."""


def save(
    folder: Path,
    weights: Weights,
    *,
    held_out: Mapping[str, Mapping[str, float]],
    corpus: str,
    extra: str = "",
) -> str:
    """Write a model, each file in one step, and give its version.

    Args:
        folder: where to; made where it is missing.
        weights: what training found.
        held_out: figures of each topic on stories that were held out.
        corpus: what the stories are known by: ``fingerprint()``, or a digest of other stories.
        extra: the digest of stories that came on top, if any did.
    """
    arrays = io.BytesIO()
    np.savez(arrays, table=weights.table, intercepts=weights.intercepts)
    manifest = {
        "format": FORMAT,
        "arrays": digest([arrays.getvalue()]),
        "fits": _fits(),
        "corpus": corpus,
        "extra": extra,
        "topics": [topic.name for topic in topics.shipped()],
        "held_out": held_out,
        "vocabulary": list(weights.vocabulary),
    }
    written = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "model.npz", arrays.getvalue())
    _write(folder / "model.json", written)
    return _version(written)


def load(folder: Path = PACKAGED) -> Model:
    """Read a model; raises ModelError where it is missing, damaged or does not fit."""
    try:
        return _model(folder)
    except FileNotFoundError as error:
        raise ModelError(f"There is no trained model in {folder}: {REMEDY}.") from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        raise ModelError(f"The model in {folder} cannot be read ({error}): {REMEDY}.") from error


def is_current(folder: Path = PACKAGED) -> bool:
    """Tell whether a model is there that this code made from this corpus, and perhaps more."""
    try:
        manifest = json.loads((folder / "model.json").read_bytes())
        load(folder)
    except (OSError, ValueError, ModelError):
        return False
    return bool(manifest.get("corpus") == fingerprint())


def fingerprint() -> str:
    """Give the digest of all that the shipped model is made from: corpus, lists and code."""
    code = [ROOM / name for name in _TRAINING_CODE]
    return _digest_files([*sorted(labelled.CORPUS.glob("*.jsonl")), *_feature_files(), *code])


def _model(folder: Path) -> Model:
    written = (folder / "model.json").read_bytes()
    manifest: dict[str, Any] = json.loads(written)
    arrays = (folder / "model.npz").read_bytes()
    _check(folder, manifest, arrays)
    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        table, intercepts = stored["table"], stored["intercepts"]
    vocabulary, specs = manifest["vocabulary"], topics.shipped()
    if table.shape != (len(vocabulary), len(specs)) or intercepts.shape != (len(specs),):
        raise ValueError("its arrays do not match its vocabulary")
    return Model(
        version=_version(written),
        topics=specs,
        weights=Weights(vocabulary=vocabulary, table=table, intercepts=intercepts),
        held_out=manifest["held_out"],
    )


def _check(folder: Path, manifest: dict[str, Any], arrays: bytes) -> None:
    if manifest["format"] != FORMAT:
        raise ModelError(f"The model in {folder} has another format: {REMEDY}.")
    if manifest["fits"] != _fits():
        raise ModelError(
            f"The model in {folder} was made for other topics, concepts or features: {REMEDY}."
        )
    if manifest["arrays"] != digest([arrays]):
        raise ValueError("model.npz is not the one that model.json describes")


def _fits() -> str:
    """Give the digest of what a story's features and the topics' thresholds depend on."""
    return _digest_files([*_feature_files(), *(ROOM / name for name in _FEATURE_CODE)])


def _feature_files() -> list[Path]:
    return [*sorted(concepts.FOLDER.glob("*.toml")), topics.FILE]


def _digest_files(paths: Iterable[Path]) -> str:
    return digest(part for path in paths for part in (path.name.encode(), path.read_bytes()))


def digest(parts: Iterable[bytes]) -> str:
    """Hash parts so that no two lists of parts are taken for each other."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _version(written: bytes) -> str:
    return hashlib.sha256(written).hexdigest()[:12]


def _write(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there, so that nobody reads half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as temporary:
        temporary.write(content)
    try:
        Path(temporary.name).chmod(0o644)
        Path(temporary.name).replace(path)
    except OSError:
        Path(temporary.name).unlink(missing_ok=True)
        raise
