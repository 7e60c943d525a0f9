"""Change the code of one room in small ways, one after the other, and see that its own tests notice.

PYTHONPATH=tests python -m kit.mutants erase

Mutation testing by mutmut, in a copy of the tree below `build/mutants`, with one process. A room's mutants are judged
by the tests of that room alone. What mypy refuses counts as noticed, for nothing lands that it refuses. An interrupted
run goes on where it was. The mutants that survive are printed, each as a difference; docs/explanation/mutants.md has
the reason of each. Ends with 1 where fewer than 95 % were noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.tools import REPOSITORY

WORK: Final = REPOSITORY / "build" / "mutants"
LEAST_SHARE: Final = 0.95
_COPIED: Final = ("src", "tests", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
_NOTICED: Final[dict[int | None, str]] = {
    1: "killed",
    3: "killed",
    36: "too slow",
    -24: "too slow",
    24: "too slow",
    37: "refused by mypy",
}
"""What mutmut's exit codes mean, of those that say that a mutant was noticed (`mutmut.stats`)."""
_OUTCOMES: Final[dict[int | None, str]] = {
    **_NOTICED,
    0: "survived",
    5: "without a test",
    33: "without a test",
    None: "not tried",
}


@dataclass(frozen=True)
class Room:
    """What is changed, as patterns of paths, and which tests judge that, without those that take minutes."""

    changed: tuple[str, ...]
    tests: tuple[str, ...]
    slow: tuple[str, ...] = ()


ROOMS: Final = {
    "erase": Room(
        ("src/imgfile/erase/*.py",), ("tests/erase",), ("tests/erase/test_crashes.py", "tests/erase/test_volumes.py")
    ),
    "acts/erasure": Room(("src/imgfile/acts/erasure/*.py",), ("tests/acts/erasure",)),
    "acts/ingest": Room(("src/imgfile/acts/ingest/*.py",), ("tests/acts/ingest",)),
    "clinical/rules": Room(("src/imgfile/clinical/rules.py",), ("tests/clinical/test_rules.py",)),
    "notes": Room(("src/imgfile/notes.py",), ("tests/test_notes.py",)),
    "vault/keys": Room(("src/imgfile/vault/keys/*.py",), ("tests/vault/keys",)),
    "vault/records": Room(
        ("src/imgfile/vault/records/commit.py", "src/imgfile/vault/records/manifest.py"), ("tests/vault/records",)
    ),
    "vault/roster": Room(("src/imgfile/vault/roster/*.py",), ("tests/vault/roster",)),
    "vault/trail": Room(("src/imgfile/vault/trail/*.py",), ("tests/vault/trail",)),
}


def stage(room: Room, folder: Path) -> None:
    """Copy the tree, with mutmut's configuration for one room; what an earlier run found stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _COPIED:
        source, target = REPOSITORY / name, folder / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as configuration:
        configuration.write(f"\n[tool.mutmut]\n{_settings(room)}")


def _settings(room: Room) -> str:
    folders = dict.fromkeys(str(Path(pattern).parent) for pattern in room.changed)
    checked = ["mypy", *folders, "--output", "json"]
    settings = {
        "source_paths": ["src"],
        "only_mutate": list(room.changed),
        "also_copy": ["docs", "README.md", "CHANGELOG.md"],
        "pytest_add_cli_args": ["-n", "0", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": [*room.tests, *(f"--ignore={path}" for path in room.slow)],
        "type_check_command": [*checked, "--disable-error-code", "unused-ignore"],
        "use_git_change_detection": False,
    }
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def run(folder: Path, names: Sequence[str]) -> None:
    """Try the mutants; what mutmut says while it does, a line a mutant, goes into a file."""
    said = _mutmut(folder, "run", "--max-children", "1", *names)
    (folder / "mutmut.log").write_text(said.stdout + said.stderr, encoding="utf-8")


def _mutmut(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    beside = Path(sys.executable).parent
    path = {"PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}  # it calls mypy by its name
    return subprocess.run(
        [beside / "mutmut", *words], cwd=folder, env={**os.environ, **path}, capture_output=True, text=True, check=False
    )


def results(folder: Path) -> Iterator[tuple[str, int | None]]:
    """Yield every mutant by mutmut's name for it, and how its tests ended; None for one that was not tried."""
    for path in sorted((folder / "mutants" / "src").rglob("*.py.meta")):
        yield from json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items()


def report(folder: Path) -> bool:
    """Print what became of the mutants, and return whether all were tried and enough of them noticed."""
    found = dict(results(folder))
    for name in sorted(name for name, code in found.items() if code not in _NOTICED):
        print(_mutmut(folder, "show", name).stdout)
    counts = Counter(_OUTCOMES.get(code, "broken") for code in found.values())
    noticed = sum(code in _NOTICED for code in found.values())
    print(f"{noticed} of {len(found)} mutants noticed:", ", ".join(f"{n} {what}" for what, n in counts.most_common()))
    return None not in found.values() and noticed >= LEAST_SHARE * len(found)


def main() -> int:
    """Run for one room, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("names", nargs="*", help="only these mutants, as mutmut names them: imgfile.erase.note*")
    wanted = parser.parse_args()
    folder = WORK / wanted.room.replace("/", "-")
    stage(ROOMS[wanted.room], folder)
    run(folder, wanted.names)
    return 0 if report(folder) else 1


if __name__ == "__main__":
    sys.exit(main())
