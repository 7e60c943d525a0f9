"""Finding records, which needs no identity: references, filing times and keyed marks stand in signed manifests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged, UsageError
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest

if TYPE_CHECKING:
    from imgfile.record_state.verified import VerifiedNotes


def patients(vault: Vault) -> Iterator[PatientFolder]:
    """Yield every patient directory; whatever else somebody put there hides none of them."""
    for name in vault.store.names(layout.PATIENTS):
        if layout.is_id(name) and vault.store.is_folder(f"{layout.PATIENTS}/{name}"):
            yield PatientFolder(name)


def record_names(vault: Vault, folder: PatientFolder) -> Iterator[RecordId]:
    """Yield every record directory of a patient, published or not."""
    for name in vault.store.names(layout.patient(folder)):
        if layout.is_id(name):
            yield RecordId(name)


def everything(vault: Vault) -> Iterator[tuple[PatientFolder, RecordId]]:
    """Yield every record directory of the vault, published or not, with its patient's: a look into each of those."""
    for folder in patients(vault):
        for record in record_names(vault, folder):
            yield folder, record


def is_published(vault: Vault, folder: PatientFolder, record: RecordId) -> bool:
    """Return whether a record exists, that is, has a manifest."""
    return vault.store.exists(layout.manifest(folder, record))


class Catalogue:
    """The records that one run has come past: each manifest is read and verified once, however often it is asked for.

    A manifest is written once under its name, and never again (`store.directory`); the names are listed anew each time,
    and what is new among them is read. Nothing is proven by what is kept here: `commit.prove_stored` reads it again.
    It lives as long as the run that made it, and no longer; for the next run the station remembers that a manifest's
    signatures hold (`record_state.verified`).
    """

    def __init__(self) -> None:
        self._verified: dict[tuple[PatientFolder, RecordId], Manifest] = {}

    def records_of(self, vault: Vault, folder: PatientFolder, *, may_keep: bool = False) -> Iterator[Manifest]:
        """Yield the manifests of a patient's records. Raises `Damaged` for one that does not hold.

        With `may_keep` the station keeps whose signatures it has checked, and does not check those again.
        """
        before: VerifiedNotes | None = None
        try:
            for record in record_names(vault, folder):
                known = self._verified.get((folder, record))
                if known is None and is_published(vault, folder, record):
                    before = before or _verified_before(vault, folder)
                    known = manifest.load(vault, folder, record, check=before.is_signed_by)
                    self._verified[folder, record] = known
                if known is not None:
                    yield known
        finally:
            if may_keep and before is not None:
                before.keep()


def _verified_before(vault: Vault, folder: PatientFolder) -> VerifiedNotes:
    from imgfile.record_state.verified import VerifiedNotes  # noqa: PLC0415 - a patient's first photo needs none

    return VerifiedNotes(vault.station, folder)


def parse_reference(text: str) -> str:
    """Read a record's reference, or how one begins, in its one spelling. Raises `UsageError` for what can be none."""
    wanted = layout.normalise_reference(text)
    if wanted is None:
        raise UsageError("that is no record reference.", "References look like 7f3k-q2ma:  imgfile list")
    return wanted


def find(vault: Vault, reference: str) -> Manifest:
    """Return the record that a reference, or a prefix of one, names.

    Raises `UsageError` when none or several do, `Damaged` for one that is known and was taken away.
    """
    wanted = parse_reference(reference)
    found = [place for place in _places(vault, *layout.ids_called(wanted)) if is_published(vault, *place)]
    if not found:
        _expect_never_there(vault, wanted)
        raise UsageError(f"no record is called {wanted}.", "List them:  imgfile list")
    if len(found) > 1:  # a forged directory of the same name makes none ambiguous
        found = [place for place in found if _holds(vault, *place)] or found[:1]
    if len(found) > 1:
        names = ", ".join(layout.reference(record) for _, record in found[:5])
        raise UsageError(f"{wanted} names {len(found)} records: {names}.", "Type one more character.")
    return manifest.load(vault, *found[0])


def _expect_never_there(vault: Vault, wanted: str) -> None:
    """See that no record that is called so was taken away, as far as this station remembers. Raises `Damaged`."""
    from imgfile.vault.records.taken_away import TAKEN_AWAY, remembered, taken_away  # noqa: PLC0415 - none is found

    called = [each for each in remembered(vault) if layout.reference(each).startswith(wanted)]
    for record in taken_away(vault, called, ()):
        raise Damaged(f"{layout.reference(record)}: {TAKEN_AWAY}", "imgfile verify tells what is wrong.")


def _places(vault: Vault, low: str, high: str) -> list[tuple[PatientFolder, RecordId]]:
    from imgfile.vault.records.places import look  # noqa: PLC0415 - filing and listing find no record by its name

    return look(vault, low, high, lambda: everything(vault))


def _holds(vault: Vault, folder: PatientFolder, record: RecordId) -> bool:
    try:
        manifest.load(vault, folder, record)
    except Damaged:
        return False
    return True


def of_id(vault: Vault, record: RecordId) -> Manifest:
    """Return the record with this id, whoever its patient is. Raises `Damaged` when it is not there."""
    for folder, found in _places(vault, record, record):
        if is_published(vault, folder, found):
            return manifest.load(vault, folder, found)
    raise Damaged(f"the record {layout.reference(record)} is missing from the vault.", "Run:  imgfile verify")


def filed_from(vault: Vault, *starts: RecordId) -> list[Manifest]:
    """Return the records that say they were filed from one of these, by whichever computer, oldest first.

    Every manifest of the vault is read, and only those that name the record are verified; what is damaged counts for
    nothing here, and `verify` reports it.
    """
    found = [
        stated
        for folder, record in everything(vault)
        if (stated := _naming(vault, folder, record, [start.encode("ascii") for start in starts if start != record]))
    ]
    named = [each for each in found if each.origin is not None and each.origin.start in starts]
    return sorted(named, key=lambda each: (each.filed_at, each.record))


def _naming(vault: Vault, folder: PatientFolder, record: RecordId, named: Sequence[bytes]) -> Manifest | None:
    """Return a record whose manifest holds one of these texts; None for any other."""
    try:
        if is_published(vault, folder, record):
            data = vault.store.read(layout.manifest(folder, record))
            return manifest.load(vault, folder, record) if any(each in data for each in named) else None
    except Damaged:
        return None
    return None
