"""The structure of the code is what the documents say."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from classifiers import artifact

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())
OURS = ("bot", "classifiers", "config")


def modules(*rooms: str) -> Iterator[Path]:
    """Give the Python files of some rooms."""
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def tracked() -> list[Path]:
    """Give the files of the repository, or of the unpacked tree where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - the git of whoever runs the tests
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name]


def test_every_import_points_down_and_every_module_has_its_place() -> None:
    """The contracts of import-linter hold."""
    # In a process of its own: within ours it would switch off every logger there is.
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter)], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - of our own environment
    assert done.returncode == 0, done.stdout


def test_the_top_level_holds_only_what_was_agreed() -> None:
    """A newcomer sees the rooms at a glance."""
    agreed = {
        *OURS, "tests", "main.py", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE",
        "Makefile", "requirements.lock", "docs", "deploy", "benchmarks", ".ci", ".gitignore",
    }  # fmt: skip
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= agreed


def test_our_three_packages_belong_to_nobody_else() -> None:
    """A wheel that brings its own ``config`` would overwrite ours in silence."""
    owners = packages_distributions()
    # An editable installation owns none by name; whoever else does is one too many.
    assert {owner for name in OURS for owner in owners.get(name, ())} <= {"tocsin"}


def test_the_three_top_packages_stay_empty() -> None:
    """Another wheel's file of the same name must not be able to break us."""
    for name in OURS:
        assert (ROOT / name / "__init__.py").read_text() == ""


def test_main_is_three_lines() -> None:
    """Everything that can be tested lies in ``bot.cli``."""
    lines = (ROOT / "main.py").read_text().splitlines()
    assert [line for line in lines if line] == [
        "from bot.cli import main",
        'if __name__ == "__main__":',
        "    main()",
    ]


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_the_program_is_the_same_however_it_is_started(argument: str) -> None:
    """``main.py``, ``python -m bot`` and the script are one program."""
    script = Path(sys.executable).with_name("tocsin")
    ways = [[sys.executable, "main.py"], [sys.executable, "-m", "bot"], [str(script)]]
    said = []
    for way in ways:
        done = subprocess.run(  # noqa: S603 - our own program
            [*way, argument], cwd=ROOT, capture_output=True, text=True, check=True
        )
        said.append(done.stdout.replace("main.py", "tocsin").replace("python -m bot", "tocsin"))
    assert said[0].split() == said[1].split() == said[2].split()


def test_every_test_says_in_a_sentence_what_must_hold() -> None:
    """A test without a sentence is a riddle to whoever breaks it."""
    silent = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in modules("tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_direct_dependencies_stay_few() -> None:
    """Each is code that somebody must trust: 22 at the most."""
    assert len(CONFIG["project"]["dependencies"]) <= 22


def imported() -> set[str]:
    """Give the libraries that our packages import, by the names that they are installed under."""
    nodes = (node for path in modules(*OURS) for node in ast.walk(ast.parse(path.read_text())))
    names = set[str]()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    foreign = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {*OURS}
    foreign -= {"_typeshed"}  # of the type checkers alone
    owners = packages_distributions()
    return {owners[name][0].lower() for name in foreign}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    """A library that came along with another may leave with it; one that is unused only costs."""
    declared = {re.split(r"[^\w-]", each)[0] for each in CONFIG["project"]["dependencies"]}
    assert imported() == declared


def test_every_exception_from_a_rule_carries_its_reason() -> None:
    """Whoever comes next can tell whether the exception is still needed."""
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules(*OURS)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"# noqa(?!: [\w, ]+ - \w)|# type: ignore(?!\[[\w-]+\] +# \w)", line)
    ]
    assert silent == []


def test_the_size_of_every_room_is_told() -> None:
    """``make size`` shows where the code is, and what is left of the budgets."""
    done = subprocess.run(
        [sys.executable, "benchmarks/size.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    rooms = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "bot").glob("*/*.py")}
    told = {line.split()[0] for line in done.stdout.splitlines() if line}
    assert {*rooms, *OURS, "tests"} <= told
    assert re.search(r"^bot: \d+ of 8000\b", done.stdout, re.MULTILINE)


def test_the_repository_names_no_package_registry_and_no_path_of_a_machine() -> None:
    """What is pinned is pinned by name and hash, and paths are relative."""
    hosts = ("py" + "pi.org", "python" + "hosted", "registry.np" + "m", "deb.debi" + "an")
    homes = ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/")
    words = tuple(word.encode() for word in (*hosts, *homes))
    found = [
        f"{path.relative_to(ROOT)}: {word.decode()}"
        for path in tracked()
        if path.is_file()
        for word in words
        if word in path.read_bytes()
    ]
    assert found == []


def test_the_lock_pins_every_package_with_hashes_and_holds_no_address() -> None:
    """What is installed is what was locked, from wherever it comes."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]
    assert pins
    assert all(line.rstrip().endswith("\\") for line in pins)
    assert not [line for line in lines if "://" in line]


def test_the_model_is_made_from_this_corpus_by_this_code() -> None:
    """``make setup`` builds it; with an old one every service of the tests would train anew."""
    assert artifact.is_current()
