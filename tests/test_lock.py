"""The lock file is what pyproject.toml asks for, whole, and tells of nobody's own mirror."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kit.tools import REPOSITORY

PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEXT = (REPOSITORY / "uv.lock").read_text(encoding="utf-8")
LOCK: dict[str, Any] = tomllib.loads(TEXT)
PACKAGES: list[dict[str, Any]] = LOCK["package"]
OURS = next(package for package in PACKAGES if package["name"] == PROJECT["name"])
NEEDED = {
    "": PROJECT["dependencies"],
    **PROJECT["optional-dependencies"],
}
"""What is asked for, by the extra that asks; the empty name is what everybody gets."""


def versions(name: str) -> list[str]:
    """Return the versions of a package that are locked: more than one where they differ by Python or platform."""
    return [package["version"] for package in PACKAGES if package["name"] == canonicalize_name(name)]


@pytest.mark.parametrize("extra", NEEDED)
def test_each_version_locked_is_one_that_is_asked_for(extra: str) -> None:
    """`make lock` writes the file anew after a change to the ranges."""
    for needed in map(Requirement, NEEDED[extra]):
        assert versions(needed.name), f"{needed} is not in uv.lock"
        assert all(needed.specifier.contains(version) for version in versions(needed.name)), needed


def test_the_ranges_that_were_locked_are_those_of_today() -> None:
    """Else a range that was narrowed or widened since would go unnoticed while an old version happens to fit."""
    locked = {
        (canonicalize_name(entry["name"]), entry.get("specifier", "").replace(" ", ""), _extra(entry.get("marker", "")))
        for entry in OURS["metadata"]["requires-dist"]
    }
    asked = {
        (canonicalize_name(needed.name), str(needed.specifier), extra)
        for extra, all_needed in NEEDED.items()
        for needed in map(Requirement, all_needed)
    }
    assert {(name, frozenset(range_.split(",")), extra) for name, range_, extra in locked} == {
        (name, frozenset(range_.split(",")), extra) for name, range_, extra in asked
    }
    assert LOCK["requires-python"] == PROJECT["requires-python"]


def _extra(marker: str) -> str:
    found = re.search(r"extra == '([^']+)'", marker)
    return found[1] if found else ""


def test_whatever_a_package_needs_is_locked_too() -> None:
    """Nothing is left to be chosen on the day of installing."""
    needed = {entry["name"] for package in PACKAGES for entry in package.get("dependencies", ())}
    assert needed <= {package["name"] for package in PACKAGES}


def test_every_file_has_a_digest_and_comes_from_the_public_index() -> None:
    """No address of a mirror, and no path of a machine."""
    files = [file for package in PACKAGES for file in (package.get("sdist"), *package.get("wheels", ())) if file]
    assert len(files) > len(PACKAGES) / 2
    assert all(file["hash"].startswith("sha256:") for file in files)
    assert {package["source"].get("registry") for package in PACKAGES if package is not OURS} == {
        "https://pypi.org/simple"
    }
    assert set(re.findall(r"(?:https?|file)://[^/\"]*", TEXT)) == {"https://pypi.org", "https://files.pythonhosted.org"}
