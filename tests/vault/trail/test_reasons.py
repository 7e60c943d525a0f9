"""Sealed reasons: durable before they are stated, opened only as their entry states them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from imgfile import sealing
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import Closed, Damaged
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail import chain
from imgfile.vault.trail.reasons import StatedReason, open_reason, seal_reason, stated_reason
from kit.vault.power import watched_power
from kit.vault.practice import Practice, as_format_2, begin_generation, of_each_format, of_format_1

FOLDER = PatientFolder("a" * 32)
WHY = "dermatology asks for a copy: Mr Éxample"


def practice_of(practice: Practice) -> PracticeKeys:
    """Open the practice's keys."""
    return open_practice(practice.vault, practice.recovery)[0]


@of_each_format
def test_a_reason_opens_as_it_was_sealed(practice: Practice) -> None:
    """To the practice alone; nothing of it stands in clear."""
    stated = seal_reason(practice.vault, FOLDER, WHY)
    assert open_reason(practice.vault, FOLDER, stated, practice_of(practice)) == WHY
    assert not [path for path in practice.folder.rglob("*") if path.is_file() and b"dermatology" in path.read_bytes()]


def test_a_reason_is_a_thing(practice: Practice) -> None:
    """With an id, a digest, and a key of its own that is stated beside them."""
    stated = seal_reason(practice.vault, FOLDER, WHY)
    assert isinstance(stated, dict)
    assert stated.keys() == {"id", "sha256", "key"}
    sealed = practice.vault.store.read(f"patients/{FOLDER}/reasons/{stated['id']}.age")
    assert stated["sha256"] == hashlib.sha256(sealed).hexdigest()
    key = ThingKey.from_json(FOLDER, stated["id"], stated["key"])
    assert stated_reason(FOLDER, stated) == StatedReason(layout.reason(FOLDER, stated["id"]), stated["sha256"], key)
    assert practice.vault.store.holds(key.name, key.digest)


@of_each_format
def test_a_reason_that_is_stated_would_survive_a_power_cut(practice: Practice) -> None:
    """And so would the key that opens it."""
    with watched_power(practice.folder) as power:
        stated = stated_reason(FOLDER, seal_reason(practice.vault, FOLDER, WHY))
        assert power.survives(stated.name)
        assert stated.key is None or power.survives(stated.key.name)


def test_two_reasons_have_nothing_in_common(practice: Practice) -> None:
    """Not even where they say the same of one patient."""
    one, other = (seal_reason(practice.vault, FOLDER, WHY) for _ in range(2))
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    assert not {one["id"], one["sha256"], one["key"]["sha256"]} & {other["id"], other["sha256"], other["key"]["sha256"]}


@of_format_1
def test_a_reason_of_format_1_is_stated_by_its_digest_for_good(practice: Practice) -> None:
    """After the vault has moved to format 2 too."""
    stated = seal_reason(practice.vault, FOLDER, WHY)
    assert stated_reason(FOLDER, stated) == StatedReason(layout.reason(FOLDER, str(stated)), str(stated), None)  # type: ignore[arg-type]
    practice = as_format_2(practice)
    assert open_reason(practice.vault, FOLDER, stated, practice_of(practice)) == WHY
    assert isinstance(seal_reason(practice.vault, FOLDER, WHY), dict)


def test_a_reason_is_closed_to_who_holds_an_older_generation_alone(practice: Practice) -> None:
    """As a record is, and it is called that."""
    old = practice_of(practice)
    practice, _ = begin_generation(practice)
    stated = seal_reason(practice.vault, FOLDER, WHY)
    assert open_reason(practice.vault, FOLDER, stated, practice_of(practice)) == WHY
    with pytest.raises(Closed, match="a reason in the audit trail is closed to this identity"):
        open_reason(practice.vault, FOLDER, stated, old)


STATED: tuple[object, ...] = (
    *(None, 3, [], "", "reason", "A" * 64, "a" * 63, {}, {"id": "b" * 32}, {"id": "b" * 32, "sha256": "c" * 64}),
    *(
        {"id": thing, "sha256": "c" * 64, "key": {"generation": 1, "sha256": "d" * 64}}
        for thing in ("B" * 32, "b" * 31, "../" + "b" * 29, 3, None)
    ),
    *(
        {"id": "b" * 32, "sha256": digest, "key": {"generation": 1, "sha256": "d" * 64}}
        for digest in ("C" * 64, "c" * 63, 3, None)
    ),
    *(
        {"id": "b" * 32, "sha256": "c" * 64, "key": key}
        for key in (None, "d" * 64, {"generation": 0, "sha256": "d" * 64}, {"generation": 1, "sha256": "d"})
    ),
)


@pytest.mark.parametrize("stated", STATED, ids=str)
def test_what_states_no_reason_is_damage(practice: Practice, stated: object) -> None:
    """Whatever a station gone bad writes into its trail becomes no path, and ends no check."""
    with pytest.raises(ValueError, match=r".*"):
        stated_reason(FOLDER, stated)
    with pytest.raises(Damaged, match="names no reason that can be looked for"):
        open_reason(practice.vault, FOLDER, stated, practice_of(practice))
    with practice.vault.station.locked():
        chain.append(practice.vault, [{"act": "exported", "patient": FOLDER, "reason": stated}])
    assert {one.kind for one in verify(practice.vault)} <= {Kind.UNFINISHED, Kind.MISSING, Kind.DAMAGED}


def other_reason(practice: Practice, stated: dict[str, object]) -> dict[str, object]:
    """Put another reason, which opens, in its place."""
    other = seal_reason(practice.vault, FOLDER, "because")
    assert isinstance(other, dict)
    other_sealed = (practice.folder / layout.reason(FOLDER, str(other["id"]))).read_bytes()
    (practice.folder / layout.reason(FOLDER, str(stated["id"]))).write_bytes(other_sealed)
    return stated


def other_key(practice: Practice, stated: dict[str, object]) -> dict[str, object]:
    """State another reason's key."""
    other = seal_reason(practice.vault, FOLDER, "because")
    assert isinstance(other, dict)
    return {**stated, "key": other["key"]}


def no_key(practice: Practice, stated: dict[str, object]) -> dict[str, object]:
    """Take its key away."""
    (practice.folder / layout.thing_key(FOLDER, str(stated["id"]))).unlink()
    return stated


def no_text(practice: Practice, stated: dict[str, object]) -> dict[str, object]:
    """Seal bytes that are no text to its key."""
    key = ThingKey.from_json(FOLDER, str(stated["id"]), stated["key"])
    opened = sealing.parse_identity_file(
        sealing.unseal_bytes(practice.vault.store.read(key.name), [practice_of(practice).newest])
    )
    sealed = sealing.seal_bytes(b"\xff", [opened[0].recipient])
    (practice.folder / layout.reason(FOLDER, str(stated["id"]))).write_bytes(sealed)
    return {**stated, "sha256": hashlib.sha256(sealed).hexdigest()}


@pytest.mark.parametrize("harm", [other_reason, other_key, no_key, no_text])
def test_a_reason_other_than_its_entry_states_is_damage(
    practice: Practice, harm: Callable[[Practice, dict[str, object]], dict[str, object]]
) -> None:
    """Exchanged, or without its own key."""
    stated = seal_reason(practice.vault, FOLDER, WHY)
    assert isinstance(stated, dict)
    with pytest.raises(Damaged):
        open_reason(practice.vault, FOLDER, harm(practice, stated), practice_of(practice))
