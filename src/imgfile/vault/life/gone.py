"""Tombstones: a record is gone, and a signed note in its place says how.

1. The tombstone comes first, then the keys go; whoever comes past a tombstone finishes what a run that died left over.
2. `moved` and `withdrawn` a clinician signs; `destroyed` names two proposals, of two persons, over one text.
3. Nothing opens with a key whose thing has a tombstone, be the key there or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import proposals
from imgfile.vault.life.addition import sealed_object
from imgfile.vault.life.closings import expect_stated
from imgfile.vault.life.signers import Signer, read_verified, signer_of
from imgfile.vault.records.manifest import LEADING, Cause, SealedObject
from imgfile.vault.roster.json import digest_of, id_of, seen_of
from imgfile.vault.roster.model import Role, Seen
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import format_time, parse_time

MAX_KNOWN: Final = 1_000
PROPOSALS: Final = 2


class How(StrEnum):
    """How a record came to be gone."""

    MOVED = "moved"
    """It was filed for the wrong patient, or its patient's number changed; the tombstone leads to where it is now."""
    WITHDRAWN = "withdrawn"
    """Consent was withdrawn the same day, before anybody looked (R24)."""
    DESTROYED = "destroyed"
    """Two persons destroyed it (R18)."""


MAY_SIGN: Final = {
    How.MOVED: frozenset({Role.CLINICIAN}),
    How.WITHDRAWN: frozenset({Role.CLINICIAN}),
    How.DESTROYED: proposals.MAY_PROPOSE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What a tombstone states."""

    folder: PatientFolder
    record: RecordId
    manifest: Digest
    how: How
    knew: tuple[Digest, ...]
    at: datetime
    to: tuple[PatientFolder, RecordId] | None = None
    """Where a moved record is now."""
    cause: Cause = Cause.MOVED
    """Why a moved record is there: it was the wrong patient's, or the number changed (`rekeyed`)."""
    key: ThingKey | None = None
    sealed: SealedObject | None = None
    """The old answers of a moved record, as they lie in the vault."""
    heads: Mapping[str, Seen] = field(default_factory=dict)
    """Of a withdrawn record: the ends of all trails that its writer knew."""
    proposals: tuple[str, ...] = ()
    """Of a destroyed one: the ids of the two notes over one text."""
    roster: Seen = (0, "")
    signer: Signer
    digest: Digest = Digest("")

    @property
    def reference(self) -> str:
        """What people called the record."""
        return layout.reference(self.record)

    @property
    def note(self) -> str:
        """Where it lies in the vault."""
        return layout.tombstone(self.folder, self.record)


def sign(vault: Vault, stated: Gone, key: SigningKey) -> notes.Note:
    """State a tombstone; `signer`, `roster` and `digest` of `stated` are not looked at."""
    body: Body = {
        "patient": stated.folder,
        "record": stated.record,
        "manifest": stated.manifest,
        "how": stated.how.value,
        "knew": sorted(stated.knew),
        "at": format_time(stated.at),
        "roster": list(vault.roster.seen),
    }
    if stated.to is not None:
        body["to"] = {"patient": stated.to[0], "record": stated.to[1]}
        if stated.cause is not Cause.MOVED:
            body["cause"] = stated.cause.value
    if stated.key is not None and stated.sealed is not None:
        body["answers"] = stated.key.thing
        body["key"] = stated.key.to_json()
        body["object"] = {"length": stated.sealed.length, "sha256": stated.sealed.digest}
    if stated.how is How.WITHDRAWN:
        body["heads"] = {station: list(head) for station, head in stated.heads.items()}
    if stated.proposals:
        body["proposals"] = sorted(stated.proposals)
    return key.sign("gone", vault.id, body, version=vault.roster.format)


def load(vault: Vault, folder: PatientFolder, record: RecordId, *, known: str = "") -> Gone | None:
    """Read a record's tombstone, and see that whoever signed it may; None where it has none. Raises `Damaged`.

    A `destroyed` one holds only with the two proposals that it names; of a `withdrawn` one `verify` matches the trails.
    """
    name = layout.tombstone(folder, record)
    if not vault.store.exists(name):
        return None
    note = read_verified(vault, name, "gone", known=known)
    try:
        found = _parse(vault, note)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{name} does not say what a tombstone says.", _HINT) from error
    if (found.folder, found.record) != (folder, record):
        raise Damaged(f"{name} belongs to another record.", _HINT)
    if not found.signer.has_one_of(MAY_SIGN[found.how]):
        raise Damaged(f"{name} is signed by somebody who may not say that.", _HINT)
    if found.how is How.DESTROYED and found.digest != known:
        thing = proposals.ProposedThing(folder, record, found.manifest)
        agreed = proposals.expect_agreed(
            vault, name, found.proposals, thing, signer=found.signer.name, roster=found.roster
        )
        for each in agreed:
            expect_stated(vault, each.signer.name, record, found.digest, name)
    return found


_HINT: Final = "Use the record no more until you know why:  imgfile verify"


def _parse(vault: Vault, note: notes.Note) -> Gone:
    body, seen = note.body, seen_of(note.body["roster"])
    knew = tuple(Digest(digest_of(each)) for each in body["knew"])
    if not 1 <= len(knew) <= MAX_KNOWN:
        raise ValueError(len(knew))
    found = Gone(
        folder=PatientFolder(id_of(body["patient"])),
        record=RecordId(id_of(body["record"])),
        manifest=Digest(digest_of(body["manifest"])),
        how=How(body["how"]),
        knew=knew,
        at=parse_time(body["at"]),
        cause=Cause(body.get("cause", Cause.MOVED)),
        roster=seen,
        signer=signer_of(vault, note, seen),
        digest=Digest(note.digest),
    )
    if found.cause not in (LEADING if found.how is How.MOVED else {Cause.MOVED}):
        raise ValueError(found.cause)
    return _with_its_end(found, body)


def _with_its_end(found: Gone, body: Body) -> Gone:
    """Return a tombstone with what only one of its kind says."""
    match found.how:
        case How.MOVED:
            return replace(
                found,
                to=(PatientFolder(id_of(body["to"]["patient"])), RecordId(id_of(body["to"]["record"]))),
                key=ThingKey.from_json(found.folder, id_of(body["answers"]), body["key"]),
                sealed=sealed_object(body["object"]),
            )
        case How.WITHDRAWN:
            heads = {id_of(station): seen_of(head) for station, head in body["heads"].items()}
            return replace(found, heads=heads)
        case How.DESTROYED:
            agreed = tuple(sorted({id_of(each) for each in body["proposals"]}))
            if len(agreed) != PROPOSALS:
                raise ValueError(agreed)
            return replace(found, proposals=agreed)
        case _:
            assert_never(found.how)
