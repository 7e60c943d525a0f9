"""An addition: something stated later about a filed photo, in a signed note beside the record; what it tells is sealed.

1. Nothing is edited: an addition is created once. What it says is sealed under a key of its own; its note says what
   holds without any key (`Effect`), and which notes of the record its writer knew.
2. What tightens any station may sign. What loosens a person signs, with a credential that has the role for it in the
   roster that the note names (`EFFECTS`, `MAY_SIGN`).
3. What loosens names by digest what it ends, so it never ends what its writer did not know: of two additions at once
   the stricter counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from imgfile import notes
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.layout import ThingId
from imgfile.vault.life.signers import Signer, read_verified, signer_of
from imgfile.vault.records.manifest import SealedObject
from imgfile.vault.roster.json import digest_of, id_of, seen_of
from imgfile.vault.roster.model import Role, Seen
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import format_time, parse_time

MAX_ADDITIONS: Final = 1_000
"""So many additions a record has at most: one a day for three years."""
MAX_KNOWN: Final = 1_000


class AdditionKind(StrEnum):
    """What was added."""

    AMENDMENT = "amendment"
    """Answers that were wrong, and are others now."""
    CLINICAL_NOTE = "clinical_note"
    OUTCOME = "outcome"
    CONSENT_DOCUMENT = "consent_document"
    """A signed form, with the purposes that it covers."""
    CONSENT_CHANGE = "consent_change"
    USE_STOPPED = "use_stopped"
    """The patient, or whoever speaks for them, withdrew."""
    HAND_OVER = "hand_over"
    """It was put into the practice's own clinical record, or somebody else's."""
    HOLD = "hold"
    """A legal hold: nothing of the record is destroyed."""
    HOLD_LIFTED = "hold_lifted"


class Effect(StrEnum):
    """What holds of a record without any key, once an addition says so."""

    INTIMATE = "intimate"
    ORDINARY = "ordinary"
    """It is not intimate after all."""
    USE_STOPPED = "use_stopped"
    USE_ALLOWED = "use_allowed"
    HELD = "held"
    RELEASED = "released"
    """A hold is lifted."""
    SHOWS_ANOTHER = "shows_another"


LOOSENED_BY: Final = {
    Effect.INTIMATE: Effect.ORDINARY,
    Effect.USE_STOPPED: Effect.USE_ALLOWED,
    Effect.HELD: Effect.RELEASED,
}
"""What tightens: what ends it, by a person's signature."""
LOOSENS: Final = frozenset(LOOSENED_BY.values())

EFFECTS: Final = {
    AdditionKind.AMENDMENT: frozenset({Effect.INTIMATE, Effect.ORDINARY, Effect.SHOWS_ANOTHER}),
    AdditionKind.CONSENT_CHANGE: frozenset({Effect.USE_ALLOWED}),
    AdditionKind.USE_STOPPED: frozenset({Effect.USE_STOPPED}),
    AdditionKind.HOLD: frozenset({Effect.HELD}),
    AdditionKind.HOLD_LIFTED: frozenset({Effect.RELEASED}),
}
"""Which effects an addition of each kind can have; of every other kind none."""
NEEDED: Final = {
    AdditionKind.USE_STOPPED: Effect.USE_STOPPED,
    AdditionKind.HOLD: Effect.HELD,
    AdditionKind.HOLD_LIFTED: Effect.RELEASED,
}
"""The effect without which a kind would mean nothing."""

BY_A_CLINICIAN: Final = frozenset({Role.CLINICIAN})
_PERSON: Final = {
    AdditionKind.CONSENT_DOCUMENT: BY_A_CLINICIAN,
    AdditionKind.CONSENT_CHANGE: BY_A_CLINICIAN,
    AdditionKind.HOLD_LIFTED: frozenset({Role.CLINICIAN, Role.PRIVACY_LEAD, Role.ADMINISTRATOR}),
}


def roles_for(kind: AdditionKind, effects: frozenset[Effect], *, has_birth_guard: bool) -> frozenset[Role]:
    """Return which roles a person needs one of to sign an addition; none where a station may sign it.

    An amendment is a clinician's, but for one that does nothing but tighten.
    """
    only_tightens = bool(effects) and not effects & LOOSENS and not has_birth_guard
    if kind is AdditionKind.AMENDMENT:
        return frozenset() if only_tightens else BY_A_CLINICIAN
    return _PERSON.get(kind, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What an addition's note states."""

    folder: PatientFolder
    record: RecordId
    thing: ThingId
    """Its own id: its objects are called so, and its key."""
    kind: AdditionKind
    key: ThingKey
    sealed: SealedObject
    """What it says, as it lies in the vault."""
    knew: tuple[Digest, ...]
    """The manifest's digest, and those of every addition that no other one named yet."""
    effects: frozenset[Effect]
    ends: tuple[Digest, ...] = ()
    """Whose effects a loosening one ends: additions', or the manifest's where the photo was filed as intimate."""
    birth_guard: str = ""
    """The keyed mark of the birth date, where that is amended."""
    at: datetime
    station: str
    """At which station it was written, by its own account."""
    roster: Seen = (0, "")
    signer: Signer
    digest: Digest = Digest("")

    @property
    def name(self) -> str:
        """What its sealed object is called in the record's directory."""
        return f"{self.thing}.age"

    @property
    def note(self) -> str:
        """Where its note lies in the vault."""
        return layout.addition_note(self.folder, self.record, self.thing)


def standing(additions: Collection[Addition], effect: Effect) -> list[Addition]:
    """Return the additions of a record that make an effect hold: those that none ended which loosens this effect.

    Who lifts a hold ends nothing else by it.
    """
    by = LOOSENED_BY.get(effect)
    ended = {digest for each in additions if by in each.effects for digest in each.ends}
    return [each for each in additions if effect in each.effects and each.digest not in ended]


def sign(vault: Vault, stated: Addition, key: SigningKey) -> notes.Note:
    """State an addition; `signer`, `roster` and `digest` of `stated` are not looked at."""
    body: Body = {
        "patient": stated.folder,
        "record": stated.record,
        "addition": stated.thing,
        "kind": stated.kind.value,
        "knew": sorted(stated.knew),
        "effects": sorted(effect.value for effect in stated.effects),
        "at": format_time(stated.at),
        "station": stated.station,
        "roster": list(vault.roster.seen),
        "key": stated.key.to_json(),
        "object": {"length": stated.sealed.length, "sha256": stated.sealed.digest},
    }
    if stated.ends:
        body["ends"] = sorted(stated.ends)
    if stated.birth_guard:
        body["dob"] = stated.birth_guard
    return key.sign("addition", vault.id, body, version=vault.roster.format)


def load(vault: Vault, folder: PatientFolder, record: RecordId, thing: str, *, known: str = "") -> Addition:
    """Read one addition, and see that whoever signed it may say it. Raises `Damaged`.

    `known` is the digest under which this station verified it before: then only its text is compared.
    """
    name = layout.addition_note(folder, record, thing)
    note = read_verified(vault, name, "addition", known=known)
    try:
        found = _parse(vault, note)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"{name} does not say what an addition says.", _HINT) from error
    if (found.folder, found.record, found.thing) != (folder, record, thing):
        raise Damaged(f"{name} belongs to another record.", _HINT)
    roles = roles_for(found.kind, found.effects, has_birth_guard=bool(found.birth_guard))
    if roles and not found.signer.has_one_of(roles):
        raise Damaged(f"{name} is signed by somebody who may not say that.", _HINT)
    return found


_HINT: Final = "Use the record no more until you know why:  imgfile verify"


def _parse(vault: Vault, note: notes.Note) -> Addition:
    body, kind = note.body, AdditionKind(note.body["kind"])
    folder, thing = PatientFolder(id_of(body["patient"])), ThingId(id_of(body["addition"]))
    effects = frozenset(map(Effect, body["effects"]))
    ends = _digests(body.get("ends", ()))
    if len(effects) != len(body["effects"]) or not effects <= EFFECTS.get(kind, frozenset()):
        raise ValueError(effects)
    if NEEDED.get(kind) not in {None, *effects} or bool(ends) != bool(effects & LOOSENS):
        raise ValueError(kind)
    roster = seen_of(body["roster"])
    return Addition(
        folder=folder,
        record=RecordId(id_of(body["record"])),
        thing=thing,
        kind=kind,
        key=ThingKey.from_json(folder, thing, body["key"]),
        sealed=sealed_object(body["object"]),
        knew=_known(body["knew"]),
        effects=effects,
        ends=ends,
        birth_guard=_guard(body.get("dob", "")),
        at=parse_time(body["at"]),
        station=id_of(body["station"]),
        roster=roster,
        signer=signer_of(vault, note, roster),
        digest=Digest(note.digest),
    )


def sealed_object(stated: Body) -> SealedObject:
    """Read how a note states one sealed object. Raises ValueError, KeyError, TypeError."""
    length = stated["length"]
    if type(length) is not int or length < 0:
        raise ValueError(length)
    return SealedObject(length, Digest(digest_of(stated["sha256"])))


def _known(stated: list[str]) -> tuple[Digest, ...]:
    if not 1 <= len(stated) <= MAX_KNOWN:
        raise ValueError(len(stated))
    return _digests(stated)


def _digests(stated: Iterable[object]) -> tuple[Digest, ...]:
    return tuple(Digest(digest_of(each)) for each in stated)


def _guard(stated: object) -> str:
    if not isinstance(stated, str):
        raise TypeError
    return stated
