"""A station cannot reopen what it filed: with its whole state and the whole vault, it opens its pseudonym key alone.

Positive control first: the recovery identity opens every record with the same walk.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.errors import WrongKey
from imgfile.sealing.passphrase import Passphrase
from imgfile.vault import layout
from kit.vault.practice import OTHER_PATIENT, Practice, found_practice
from promises.opening import Opener, everything_opened, identities_in, with_node, with_ours, with_stock_age
from promises.world import Children, World, make_world


def _furnish(practice: Practice, children: Children) -> World:
    """File a photo as people do, and another patient's; leave the clinician's sealed identity where init put it."""
    world = make_world(practice, "photo.jpg", children)
    assert world.ingest().status == 0
    practice.file(b"another", OTHER_PATIENT)
    return world


def _in_hand(state: Path) -> set[str]:
    """Find every identity, and all that could be one, in every file of the station's state."""
    return {identity for path in state.rglob("*") if path.is_file() for identity in identities_in(path.read_bytes())}


def _records_in(vault: Path) -> set[str]:
    return {path.relative_to(vault).as_posix() for path in vault.glob("patients/**/*.age")}


@pytest.mark.parametrize("opener", [with_ours, with_stock_age])
def test_nothing_in_a_station_opens_a_record(practice: Practice, children: Children, opener: Opener) -> None:
    """X25519, with our codec and with stock `age`; with the sealed identity of the clinician in the state, and not."""
    world = _furnish(practice, children)
    _expect_only_the_pseudonym_key(practice, world, opener)


@pytest.mark.parametrize("opener", [with_ours, with_node])
def test_nothing_in_a_post_quantum_station_opens_a_record(
    tmp_path: Path, state: Path, children: Children, opener: Opener
) -> None:
    """The default suite, with our codec and with npm's."""
    practice = found_practice(tmp_path, is_post_quantum=True)
    assert practice.vault.station.folder.is_relative_to(state)
    _expect_only_the_pseudonym_key(practice, _furnish(practice, children), opener)


def _expect_only_the_pseudonym_key(practice: Practice, world: World, opener: Opener) -> None:
    recovery = identities_in(practice.recovery_file.read_bytes())
    control = everything_opened(practice.folder, recovery, opener)
    assert _records_in(practice.folder) <= control.keys(), "positive control: these do open"
    assert any(name.startswith("keys/practice/") for name in control)

    in_hand = _in_hand(world.folder / "state")
    assert len(in_hand) > 1, "the station's identity, and what could be one"
    opened = everything_opened(practice.folder, in_hand, opener)
    assert [*opened] == [layout.station_key(practice.vault.here.station)]

    practice.vault.station.identity_file.unlink()
    assert _in_hand(world.folder / "state") == in_hand, "the clinician's sealed identity gives nothing in hand"


def test_no_secret_of_the_station_is_the_clinicians_passphrase(practice: Practice) -> None:
    """What stands in its state does not unlock the identity that init left there."""
    station = practice.vault.station
    typed = {(station.folder / name).read_text().strip() for name in ("signing.key", "pin.json")}
    secrets = [line for line in station.identity.decode().splitlines() if not line.startswith("#")]
    sealed = station.identity_file.read_bytes()
    for passphrase in (*typed, *secrets):
        with pytest.raises(WrongKey):
            sealing.unseal_bytes(sealed, [Passphrase(passphrase)])
