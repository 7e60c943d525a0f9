"""The end of what a moved record kept under a legal hold: two persons destroy it later, and a note says so (R18).

1. Only a record that moved has one, beside its tombstone, which it names by digest.
2. It is signed like the tombstone of a destroyed record: by one of two persons over one text that proposes this record.
3. After it the keys go that the hold kept: nothing of the old place opens any more but the old answers, which stay.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import proposals
from imgfile.vault.life.closings import expect_stated
from imgfile.vault.life.gone import PROPOSALS, Gone, How
from imgfile.vault.life.signers import Signer, read_verified, signer_of
from imgfile.vault.roster.json import digest_of, id_of, seen_of
from imgfile.vault.roster.model import Seen
from imgfile.vault.times import format_time, parse_time

_HINT: Final = "Use the record no more until you know why:  imgfile verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What such a note states."""

    folder: PatientFolder
    record: RecordId
    gone: Digest
    """Of the tombstone."""
    proposals: tuple[str, ...]
    """The ids of the two signatures on one text."""
    at: datetime
    roster: Seen = (0, "")
    signer: Signer
    digest: Digest = Digest("")

    @property
    def note(self) -> str:
        """Where it lies in the vault."""
        return layout.ended(self.folder, self.record)


def sign(vault: Vault, stated: Ended, key: SigningKey) -> notes.Note:
    """State it; `signer`, `roster` and `digest` of `stated` are not looked at."""
    body: Body = {
        "patient": stated.folder,
        "record": stated.record,
        "gone": stated.gone,
        "proposals": sorted(stated.proposals),
        "at": format_time(stated.at),
        "roster": list(vault.roster.seen),
    }
    return key.sign("ended", vault.id, body, version=vault.roster.format)


def load(vault: Vault, stone: Gone | None, folder: PatientFolder, record: RecordId) -> Ended | None:
    """Read how what a record kept has ended, and see that two persons agreed; None where it has not. Raises `Damaged`.

    `stone` is the record's tombstone.
    """
    name = layout.ended(folder, record)
    if not vault.store.exists(name):
        return None
    note = read_verified(vault, name, "ended")
    try:
        found = _parse(vault, note)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{name} does not say what it should.", _HINT) from error
    if (found.folder, found.record) != (folder, record):
        raise Damaged(f"{name} belongs to another record.", _HINT)
    if stone is None or stone.how is not How.MOVED or stone.digest != found.gone:
        raise Damaged(f"{name} is of another tombstone than the record's.", _HINT)
    if not found.signer.has_one_of(proposals.MAY_PROPOSE):
        raise Damaged(f"{name} is signed by somebody who may not say that.", _HINT)
    thing = proposals.ProposedThing(folder, record, stone.manifest)
    agreed = proposals.expect_agreed(vault, name, found.proposals, thing, signer=found.signer.name, roster=found.roster)
    for each in agreed:
        expect_stated(vault, each.signer.name, record, found.digest, name)
    return found


def _parse(vault: Vault, note: notes.Note) -> Ended:
    body = note.body
    agreed = tuple(sorted({id_of(each) for each in body["proposals"]}))
    if len(agreed) != PROPOSALS:
        raise ValueError(agreed)
    seen = seen_of(body["roster"])
    return Ended(
        folder=PatientFolder(id_of(body["patient"])),
        record=RecordId(id_of(body["record"])),
        gone=Digest(digest_of(body["gone"])),
        proposals=agreed,
        at=parse_time(body["at"]),
        roster=seen,
        signer=signer_of(vault, note, seen),
        digest=Digest(note.digest),
    )
