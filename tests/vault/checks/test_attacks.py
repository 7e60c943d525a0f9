"""Every attack on every kind of object of a vault is found, or the page says why it cannot be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgfile.vault.checks.findings import Kind
from kit.vault import tampering
from kit.vault.tampering import NOTHING, ON_ALL, ON_ONE, PAGE, REFUSED, Furnished

HARMLESS = {
    "doubled under another name": "what lies under the other name is a dead run's, and nobody reads it",
    "a key planted for a thing to come": "nobody seals to it",
}
"""Attacks that may be a notice: nothing rests on what they leave."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """Furnish a vault once; each attack is undone after it."""
    folder = tmp_path_factory.mktemp("attacked")
    before = os.environ.get("IMGFILE_STATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(folder / "state"))
        yield tampering.furnish(folder, folder / "state")
    if before is not None:
        os.environ["IMGFILE_STATE"] = before


def is_damage(words: str) -> bool:
    """Return whether what was found is damage, or refuses the vault."""
    kinds = [] if words in {NOTHING, REFUSED} else [Kind(word) for word in words.split(", ")]
    return words == REFUSED or any(kind.is_damage for kind in kinds)


def test_an_untouched_vault_has_no_findings(attacked: Furnished) -> None:
    """Positive control; and every kind of object is there."""
    assert tampering.found(attacked) == NOTHING
    assert [kind for kind, path in attacked.objects.items() if not path.is_file()] == []


@pytest.mark.long
def test_every_attack_is_found_and_the_page_says_so(attacked: Furnished) -> None:
    """On one object, and on what was done; the page is written anew from the same attacks.

    Some minutes: `python -m pytest -n 0 -m long tests/vault/checks/test_attacks.py`.
    """
    assert tampering.page(attacked) == PAGE.read_text(encoding="utf-8")


def test_a_share_of_the_attacks_on_one_object_is_found_as_the_page_says(attacked: Furnished) -> None:
    """One on each kind of object, and each attack on some."""
    made = tampering.on_one(attacked, most=1)
    assert made.keys() == attacked.objects.keys()
    assert {name for attacks in made.values() for name in attacks} == ON_ONE.keys()
    stated = {(row[0], name): row[1] for row in rows() if len(row) == 3 for name in row[2].split("; ")}
    assert {(kind, name): words for kind, attacks in made.items() for name, words in attacks.items()} == {
        (kind, name): stated[kind, name] for kind, attacks in made.items() for name in attacks
    }


def test_a_share_of_the_attacks_on_what_was_done_is_found_as_the_page_says(attacked: Furnished) -> None:
    """A trail cut, rosters forked, a tombstone forged, and so on: every second one."""
    stated = {row[0]: row[1] for row in rows() if len(row) == 2 and row[0] != "attack"}
    made = tampering.on_all(attacked, one_in=2)
    assert len(made) > 20
    assert made == {name: stated[name] for name in made}


def rows() -> list[list[str]]:
    """Read the page's tables."""
    lines = PAGE.read_text(encoding="utf-8").partition("## Not detectable")[0].splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ") and "---" not in line]


def test_no_attack_is_passed_over() -> None:
    """Each attack stands on the page, and each row says damage, but for what nothing rests on."""
    told: set[str] = set()
    for row in rows():
        if row[0] in {"object", "attack"}:
            continue
        attacks = row[2].split("; ") if len(row) == 3 else [row[0]]
        told |= set(attacks)
        assert is_damage(row[1]) or set(attacks) <= HARMLESS.keys(), row
    assert told == ON_ONE.keys() | ON_ALL.keys()


def test_no_object_is_passed_over(attacked: Furnished) -> None:
    """Each file of the vault is of a kind that is attacked, or stands beside one of its kind."""
    kinds = {shape(path, attacked.practice.folder) for path in attacked.objects.values()}
    files = [path for path in attacked.practice.folder.rglob("*") if path.is_file()]
    assert {shape(path, attacked.practice.folder) for path in files} == kinds


def shape(path: Path, folder: Path) -> str:
    """Return what kind of name an object has: its words, without what is random."""
    return re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{32}|[0-9]+)\b", "*", path.relative_to(folder).as_posix())
