"""Proposals to destroy records (R18): two persons sign one text, each in a file of their own, days apart if need be.

1. The text lists the records, each with its manifest's digest, and holds a sealed reason: it fits nothing else.
2. Whoever signs is open in the roster that the text names.
3. Two of them agree where both are over one text, by two persons, of whom one is a privacy lead or an administrator
   and the other a senior clinician or a witness, both open in the roster that the tombstone names. Two credentials of
   one person are one person.
4. The reason stays readable: of what is destroyed, it is what remains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life.signers import Signer, read_verified, signer_of
from imgfile.vault.roster.json import digest_of, id_of, seen_of
from imgfile.vault.roster.model import Person, Role, Seen
from imgfile.vault.times import format_time, parse_time
from imgfile.vault.trail.reasons import StatedReason, Statement, stated_reason

DESTROY: Final = "destroy"
"""The only act that is proposed."""
FOR_THE_PRACTICE: Final = frozenset({Role.PRIVACY_LEAD, Role.ADMINISTRATOR})
FOR_THE_PATIENT: Final = frozenset({Role.SENIOR_CLINICIAN, Role.WITNESS})
MAY_PROPOSE: Final = FOR_THE_PRACTICE | FOR_THE_PATIENT
MAX_THINGS: Final = 500
"""More photos than any patient has, and a tenth of what a note can hold."""
_FIELDS: Final = frozenset({"act", "things", "reason", "made", "nonce", "roster"})
_HINT: Final = "Destroy nothing on its word:  imgfile verify"


@dataclass(frozen=True, slots=True)
class ProposedThing:
    """One record that is to be destroyed."""

    folder: PatientFolder
    record: RecordId
    manifest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a proposal's note states, and who signed it."""

    name: str
    """The id of its file."""
    things: tuple[ProposedThing, ...]
    """Records of one patient."""
    reason: StatedReason
    made: datetime
    roster: Seen
    signer: Signer
    digest: Digest
    """Of its text: one for everybody who signed it."""
    body: Body = field(repr=False)

    @property
    def folder(self) -> PatientFolder:
        """The patient's directory."""
        return self.things[0].folder

    @property
    def reference(self) -> str:
        """What people call it: of its text, so that it is one whoever signed and in whatever order they are read."""
        return layout.reference(RecordId(self.digest[:32]))


def text(vault: Vault, things: Sequence[ProposedThing], reason: Statement, *, at: datetime) -> Body:
    """Return what the first person signs."""
    return {
        "act": DESTROY,
        "things": [
            {"patient": each.folder, "record": each.record, "manifest": each.manifest}
            for each in sorted(things, key=lambda each: each.record)
        ],
        "reason": reason,
        "made": format_time(at),
        "nonce": layout.new_id(),
        "roster": list(vault.roster.seen),
    }


def sign(vault: Vault, body: Body, key: SigningKey) -> notes.Note:
    """Sign a text, as the first or the second person."""
    return key.sign("proposal", vault.id, body, version=vault.roster.format)


def load(vault: Vault, name: str) -> Proposal:
    """Read one signature on a proposal, and see that whoever signed it was open. Raises `Damaged`."""
    where = layout.proposal(name)
    note = read_verified(vault, where, "proposal")
    try:
        found = _parse(vault, name, note)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{where} does not say what a proposal says.", _HINT) from error
    if found.signer.is_station:
        raise Damaged(f"{where} is signed by a computer, and no person.", _HINT)
    return found


def _parse(vault: Vault, name: str, note: notes.Note) -> Proposal:
    body = note.body
    things = tuple(map(_thing, body["things"]))
    if body["act"] != DESTROY or not 1 <= len(things) <= MAX_THINGS:
        raise ValueError(body["act"])
    if len({each.record for each in things}) != len(things) or len({each.folder for each in things}) != 1:
        raise ValueError(things)
    id_of(body["nonce"])
    roster = seen_of(body["roster"])
    return Proposal(
        name=name,
        things=things,
        reason=stated_reason(things[0].folder, body["reason"]),
        made=parse_time(body["made"]),
        roster=roster,
        signer=signer_of(vault, note, roster),
        digest=Digest(note.digest),
        body=body,
    )


def _thing(stated: Body) -> ProposedThing:
    folder, record = PatientFolder(id_of(stated["patient"])), RecordId(id_of(stated["record"]))
    return ProposedThing(folder, record, Digest(digest_of(stated["manifest"])))


def names(vault: Vault) -> Iterator[str]:
    """Yield the ids of all signatures on proposals, as they are listed."""
    for name in vault.store.names(layout.PROPOSALS):
        if layout.is_key_note(name):
            yield name.removesuffix(".note")


def expect_signable(proposal: Proposal) -> None:
    """See that all of a text is understood that somebody is about to sign. Raises `Damaged`."""
    if set(proposal.body) != _FIELDS:
        raise Damaged(f"the proposal {proposal.reference} is of a newer imgfile.", "Update imgfile, then approve it.")


def persons_agree(vault: Vault, first: str, second: str, roster: Seen) -> bool:
    """Return whether two credentials are of two persons who may destroy together, by the roster with this number."""
    for named in vault.rosters_named(roster):
        one, other = named.holding(first), named.holding(second)
        if one is not None and other is not None and may_agree(one, other):
            return True
    return False


def may_agree(one: Person, other: Person) -> bool:
    """Return whether two persons may destroy together: they are two, and act in different roles."""
    if one.who == other.who or (one.registration and one.registration == other.registration):
        return False
    return (_side(one, FOR_THE_PRACTICE) and _side(other, FOR_THE_PATIENT)) or (
        _side(other, FOR_THE_PRACTICE) and _side(one, FOR_THE_PATIENT)
    )


def partners_of(person: Person) -> frozenset[Role]:
    """Return the roles of which another person has one to destroy together with this one."""
    sides = ((FOR_THE_PRACTICE, FOR_THE_PATIENT), (FOR_THE_PATIENT, FOR_THE_PRACTICE))
    return frozenset(role for mine, theirs in sides if _side(person, mine) for role in theirs)


def _side(person: Person, roles: frozenset[Role]) -> bool:
    return bool(roles & set(person.roles))


def expect_agreed(  # noqa: PLR0913 - who signed what about what
    vault: Vault, where: str, signatures: Sequence[str], thing: ProposedThing, *, signer: str, roster: Seen
) -> tuple[Proposal, Proposal]:
    """See that two persons agreed to destroy a record, of whom one signed the note that names their signatures.

    `where` names that note. Raises `Damaged`, whatever is wrong with them.
    """
    first, second = (load(vault, name) for name in signatures)
    if first.digest != second.digest:
        raise Damaged(f"{where} names two proposals that are not of one text.", _HINT)
    if thing not in first.things:
        raise Damaged(f"{where} names a proposal to destroy something else.", _HINT)
    if signer not in {first.signer.name, second.signer.name}:
        raise Damaged(f"{where} is signed by neither of the two who proposed it.", _HINT)
    if not persons_agree(vault, first.signer.name, second.signer.name, roster):
        raise Damaged(f"{where} names no two persons who may destroy together.", _HINT)
    return first, second
