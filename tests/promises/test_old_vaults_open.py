"""Old vaults stay readable: one of each format and suite lies in tests/frozen, as the imgfile of its day wrote it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imgfile import sealing
from imgfile.clinical.record import json as record_json
from imgfile.notes import SECRET_BYTES
from imgfile.state import Pin
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.records import find as records
from imgfile.vault.records.objects import open_object
from imgfile.vault.trail import read as trail
from kit.tools import REPOSITORY
from promises.opening import everything_opened, identities_in, with_node, with_stock_age

FROZEN = REPOSITORY / "tests" / "frozen"
NAMES = [f"v{number}-{suite}" for number in range(1, layout.FORMAT_VERSION + 1) for suite in ("classic", "pq")]
"""One vault for every format that was ever written, in both suites."""


@dataclass(frozen=True)
class Frozen:
    """A frozen vault, pinned by what was written down when it was made."""

    folder: Path
    expected: dict[str, Any]

    @classmethod
    def named(cls, name: str) -> Frozen:
        """Read one."""
        return cls(FROZEN / name, json.loads((FROZEN / name / "expected.json").read_bytes()))

    def opened(self) -> Vault:
        """Open it as a station that only reads."""
        digest = self.expected["fingerprint"]
        pin = Pin(self.expected["vault"], self.folder / "vault", digest, 1, digest)
        return open_vault(Station(pin), remembers=False)

    @property
    def records(self) -> dict[str, str]:
        """The photos' digests by their records' references; of format 1 there is one."""
        if "records" not in self.expected:
            return {self.expected["record"]: self.expected["photo"]}
        filed: dict[str, str] = self.expected["records"]
        return filed

    @property
    def acts(self) -> dict[str, list[str]]:
        """What each station's trail tells, by the station's name; of format 1 there is one."""
        acts: dict[str, list[str]] | list[str] = self.expected["acts"]
        return {"RECEPTION-3": acts} if isinstance(acts, list) else acts

    @property
    def reasons(self) -> list[str]:
        """Why photos left, sorted."""
        reasons: list[str] = self.expected.get("reasons", ["dermatology asks for a copy"])
        return reasons

    @property
    def recovery(self) -> set[str]:
        """The recovery identity."""
        return identities_in((self.folder / "recovery.txt").read_bytes())


@pytest.fixture(params=NAMES)
def frozen(request: pytest.FixtureRequest, state: Path) -> Frozen:
    """Give each frozen vault; this machine knows nothing of it."""
    assert not state.exists()
    return Frozen.named(request.param)


def test_a_frozen_vault_is_whole(frozen: Frozen) -> None:
    """Every object of its day is there, and `verify` finds nothing."""
    vault = frozen.folder / "vault"
    assert (
        sorted(path.relative_to(vault).as_posix() for path in vault.rglob("*") if path.is_file())
        == (frozen.expected["objects"])
    )
    assert [*verify(frozen.opened())] == []


def test_every_frozen_record_opens(frozen: Frozen) -> None:
    """The recovery identity opens each photo and its facts, which are read strictly; the trails tell what was done."""
    vault = frozen.opened()
    practice, who = open_practice(vault, [sealing.parse_identity(each) for each in frozen.recovery])
    assert who == vault.roster.recovery.holder
    assert [*verify_openings(vault, practice)] == []
    for reference, digest in frozen.records.items():
        found = records.find(vault, reference)
        photo = open_object(vault, found, layout.IMAGE, practice)
        assert hashlib.sha256(photo).hexdigest() == digest
        facts = open_object(vault, found, layout.FACTS, practice)
        assert record_json.dump(record_json.load(facts)) == facts
    assert {
        station.name: [entry["act"] for note in trail.walk(vault, station.station) for entry in note.entries]
        for station in vault.roster.stations
    } == frozen.acts


def test_a_frozen_vault_of_format_2_holds_what_format_2_can_say(state: Path) -> None:
    """Several rosters and generations, a second computer's record, and a credential that is closed."""
    assert not state.exists()
    for suite in ("classic", "pq"):
        roster = Frozen.named(f"v2-{suite}").opened().roster
        assert (roster.number, len(roster.generations), len(roster.stations)) == (4, 2, 2)
        assert [one.name for one in roster.closed.credentials] == ["Dr L. Locum"]
        assert roster.is_post_quantum is (suite == "pq")


def test_every_sealed_object_of_a_frozen_vault_opens_elsewhere(frozen: Frozen) -> None:
    """With stock `age`, or npm's where Debian's is too old for the suite: all but what other holders alone open."""
    opener = with_node if frozen.folder.name.endswith("pq") else with_stock_age
    opened = everything_opened(frozen.folder / "vault", frozen.recovery, opener)
    roster = frozen.opened().roster
    of_others = {
        name
        for generation in roster.generations
        for who in generation.holders.keys() - {roster.recovery.holder}
        for name in (layout.practice_key(generation.number, who), layout.signer_key(who))
    }
    sealed = {name for name in frozen.expected["objects"] if name.endswith(".age")}
    assert opened.keys() == sealed - of_others
    images = {hashlib.sha256(data).hexdigest() for name, data in opened.items() if name.endswith(layout.IMAGE)}
    assert images == set(frozen.records.values())
    reasons = [data.decode() for name, data in opened.items() if f"/{layout.REASONS}/" in name]
    assert sorted(reasons) == frozen.reasons


PAGE = REPOSITORY / "docs" / "reference" / "vault-format.md"
_LINE = re.compile(r"age -d -i (\S+\.txt) -o (\S+) ([^\s`]+\.age)")


def _lines_of_the_page() -> dict[str, tuple[str, str]]:
    """Return the page's own lines of `age`: what each opens → with which file, into which."""
    return {found[3]: (found[1], found[2]) for found in _LINE.finditer(PAGE.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("suite", ["classic", "pq"])
def test_every_kind_of_object_opens_by_the_lines_of_the_page(suite: str, state: Path) -> None:
    """From the recovery key: both generations, the one before by `previous.age`, a record, a reason, K, what signs."""
    assert not state.exists()
    frozen, opener = Frozen.named(f"v2-{suite}"), with_node if suite == "pq" else with_stock_age
    vault, lines = frozen.folder / "vault", _lines_of_the_page()
    spare = frozen.opened().roster.recovery.holder
    held = {"clinician.txt": (frozen.folder / "recovery.txt").read_bytes()}

    def run(line: str, **names: str) -> bytes:
        """Follow one line of the page, with names in the place of its placeholders."""
        with_file, into = lines[line]
        place = line
        for placeholder, name in names.items():
            place = place.replace(placeholder, name)
        opened = opener((vault / place).read_bytes(), identities_in(held[with_file]))
        assert opened is not None, place
        held[into] = opened
        return opened

    first = run("keys/practice/1/HOLDER.age", HOLDER=spare)
    newest = run("keys/practice/1/HOLDER.age", **{"/1/": "/2/", "HOLDER": spare})
    assert identities_in(run("keys/practice/2/previous.age")) & identities_in(first)
    of_generation = {1: first, 2: newest}
    images = set[str]()
    manifests = sorted(vault.glob("patients/*/*/manifest.note"))
    if suite == "pq":  # each opening starts a process of node
        manifests = manifests[-1:]
    for path in manifests:
        stated = json.loads(path.read_text().splitlines()[1])
        held["practice.txt"] = of_generation[stated["key"]["generation"]]
        names = {"PATIENT": stated["patient"], "RECORD": stated["record"]}
        run("keys/things/PATIENT/RECORD.age", **names)
        images.add(hashlib.sha256(run("patients/PATIENT/RECORD/image.age", **names)).hexdigest())
        facts = json.loads(run("patients/PATIENT/RECORD/record.age", **names))
        assert facts["siblings"]["image.age"]["sha256"] in images
    assert len(images) == len(manifests)
    assert images <= set(frozen.records.values())
    reason = min(vault.glob("patients/*/reasons/*.age"))
    names = {"PATIENT": reason.parent.parent.name, "RECORD": reason.stem}
    held["practice.txt"] = first
    run("keys/things/PATIENT/RECORD.age", **names)
    sealed = opener(reason.read_bytes(), identities_in(held["thing.txt"]))
    assert sealed is not None
    assert sealed.decode() in frozen.reasons
    station = min(vault.glob("keys/stations/*.age"))
    key = opener(station.read_bytes(), identities_in(newest) | identities_in(first))
    assert key is not None
    assert hmac.new(key, f"nhs|{frozen.expected['number']}".encode(), "sha256").hexdigest()[:32] == names["PATIENT"]
    signer = opener((vault / f"keys/signers/{spare}.age").read_bytes(), identities_in(held["clinician.txt"]))
    assert signer is not None
    assert len(base64.b64decode(signer)) == SECRET_BYTES
