"""What a changed number leaves: records that lead on, and what went along with their photos; and the attacks on that.

Each photo was filed with a signed form; a note, another form, a hand-over and a withdrawal were added, and went along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.clinical.record.additions import HandOver
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import gone
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Addition, AdditionKind, Effect
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import History
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import seal
from imgfile.vault.records import manifest
from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Cause, Manifest
from imgfile.vault.thing_key import ThingKey
from kit.photos import jpeg_png as photos
from kit.vault.destroying import actor
from kit.vault.filed_forms import file_with_form
from kit.vault.filings import MOLE, filed
from kit.vault.lives import NOTE, WITHDRAWN, Life, signed_form
from kit.vault.practice import NOON, Practice, administrator_of
from kit.vault.rekeying import rekey

_NUMBERS: Final = (("9990000085", "9990000093"), ("9990000107", "9990000115"))
"""Old and new: of two photos, and of another patient's."""
CARRIED: Final = {
    "note": AdditionKind.CLINICAL_NOTE,
    "form": AdditionKind.CONSENT_DOCUMENT,
    "hand-over": AdditionKind.HAND_OVER,
    "withdrawal": AdditionKind.USE_STOPPED,
}
"""What goes along, in this order: nothing names the last."""


@dataclass(frozen=True)
class Rekeyed:
    """Two photos of one number that changed, and one of another patient's whose did."""

    old: tuple[History, History, History]
    new: tuple[History, History, History]
    twins: tuple[Manifest, Manifest]
    """One photo that is filed for two patients, each from its source."""

    def places(self, at: int) -> dict[str, str]:
        """Name where each lies: of the first photo, of that beside it, and of another patient's."""
        stone, new = self.stone(at), self.new[at]
        assert stone.key is not None
        answers = layout.addition_object(stone.folder, stone.record, layout.ThingId(stone.key.thing))
        places = {
            "a rekeyed record's tombstone": stone.note,
            "a rekeyed record's answers": answers,
            "the key of a rekeyed record's answers": stone.key.name,
            "a form that a photo was filed with": _form(self.old[at].manifest),
            "a form that went along with its photo": _form(new.manifest),
        }
        for name in CARRIED:
            each = self.carried(name, at)
            places[f"a {name} that went along"] = each.note
            places[f"what a {name} that went along says"] = layout.addition_object(each.folder, each.record, each.thing)
            places[f"the key of a {name} that went along"] = layout.thing_key(each.folder, each.thing)
        return places

    def carried(self, name: str, at: int = 0) -> Addition:
        """Return what went along."""
        (each,) = self.new[at].of_kind(CARRIED[name])
        return each

    def stone(self, at: int = 0) -> Gone:
        """Return what leads on."""
        stone = self.old[at].gone
        assert stone is not None
        return stone


def _form(of: Manifest) -> str:
    return f"{layout.record(of.folder, of.record)}/{layout.FORM}"


def change_numbers(practice: Practice, sources: Path) -> Rekeyed:
    """File three photos with their forms, add to each, and change both numbers; file one photo for two patients."""
    (first, new), (other, other_new) = _NUMBERS
    filings = [(first, 64), (first, 72), (other, 80)]
    old = [_lived(practice, sources / str(width), who, width) for who, width in filings]
    by = actor(practice, administrator_of(practice))
    for before, after in ((first, new), (other, other_new)):
        rekey(practice.vault, by, before, after, at=NOON)
    was = [life.load(practice.vault, each) for each in old]
    now = [_where_it_leads(practice.vault, each) for each in was]
    twins = [practice.file_decided(filed({**MOLE, "patient": who}), b"a twin") for who in (new, other_new)]
    found = [manifest.load(practice.vault, each.patient, each.record) for each in twins]
    return Rekeyed((was[0], was[1], was[2]), (now[0], now[1], now[2]), (found[0], found[1]))


def _lived(practice: Practice, folder: Path, number: str, width: int) -> Manifest:
    outcome = file_with_form(practice, folder, {**MOLE, "patient": number}, photo=photos.phone_jpeg(width=width))
    record = Life(practice, find(practice.vault, outcome.reference), at=NOON)
    record.add(NOTE)
    record.add(signed_form(), key=record.founder)
    record.add(HandOver(where="EMIS", on=date(2026, 11, 22)))
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    return record.of


def _where_it_leads(vault: Vault, of: History) -> History:
    assert of.gone is not None
    assert of.gone.to is not None
    return life.load(vault, manifest.load(vault, *of.gone.to))


# --- attacks ------------------------------------------------------------------------------------------------


def hide(name: str, folder: Path, rekeyed: Rekeyed) -> None:
    """Take away what went along, with what it says and its key, as if it had never been added."""
    for each in _parts(rekeyed.carried(name)):
        (folder / each).unlink()


def hide_all(folder: Path, rekeyed: Rekeyed) -> None:
    """Take away everything that went along."""
    for name in CARRIED:
        hide(name, folder, rekeyed)


def _parts(of: Addition) -> Iterator[str]:
    yield from (of.note, layout.addition_object(of.folder, of.record, of.thing))
    yield layout.thing_key(of.folder, of.thing)


def put_back_beside_the_old(folder: Path, rekeyed: Rekeyed) -> None:
    """Put a withdrawal that went along back beside the record that it came from."""
    went, old = rekeyed.carried("withdrawal"), rekeyed.old[0].manifest
    for name in (went.note, layout.addition_object(went.folder, went.record, went.thing)):
        path = folder / name
        path.rename(folder / layout.record(old.folder, old.record) / path.name)


def lead_elsewhere(_folder: Path, rekeyed: Rekeyed, by: Practice) -> None:
    """Let a record's tombstone lead to another patient's photo."""
    forge(by, rekeyed.old[0], _place(rekeyed.new[2].manifest))


def lead_to_a_twin(folder: Path, rekeyed: Rekeyed, by: Practice) -> None:
    """Lead from a record to another patient's that has the same photo, and take its key."""
    one, other = rekeyed.twins
    forge(by, life.load(by.vault, one), _place(other))
    assert isinstance(one.key, ThingKey)
    (folder / one.key.name).unlink()


def lead_nowhere(_folder: Path, rekeyed: Rekeyed, by: Practice) -> None:
    """Let a record's tombstone lead to a record that is not there."""
    forge(by, rekeyed.old[0], (rekeyed.new[0].manifest.folder, RecordId("d" * 32)))


def name_another_cause(_folder: Path, rekeyed: Rekeyed, by: Practice) -> None:
    """Say of a photo whose number changed that it had been the wrong patient's."""
    forge(by, rekeyed.old[0], _place(rekeyed.new[0].manifest), cause=Cause.MOVED)


def _place(of: Manifest) -> tuple[PatientFolder, RecordId]:
    return of.folder, of.record


def forge(by: Practice, of: History, to: tuple[PatientFolder, RecordId], cause: Cause = Cause.REKEYED) -> None:
    """Put a tombstone in a record's place, or in its tombstone's, that leads there, signed by the founder."""
    vault, old = by.vault, of.manifest
    thing = layout.ThingId(layout.new_id())
    if of.gone is not None:
        key, sealed = of.gone.key, of.gone.sealed
    else:
        key, sealed = seal(vault, old.folder, thing, layout.addition_object(old.folder, old.record, thing), b"{}")
    stated = Gone(
        folder=old.folder,
        record=old.record,
        manifest=old.digest,
        how=How.MOVED,
        knew=of.gone.knew if of.gone else of.heads,
        at=NOON,
        to=to,
        cause=cause,
        key=key,
        sealed=sealed,
        signer=Signer(""),
    )
    path = by.folder / stated.note
    path.write_bytes(gone.sign(vault, stated, administrator_of(by)).encode())
