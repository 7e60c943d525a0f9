"""Founding a vault: its practice key, first clinician, recovery key, first station, and roster 1.

Everything that roster 1 names is durable before it is, and it is written last: a folder without it is no vault.
`prepare` writes the keys; the caller then keeps and *tests* the two identities that open them; `publish` makes
the vault exist. What a dead attempt left behind is keys that no roster names, and `prepare` clears them.

Where the keys get a folder of their own, its marker is the first thing in it, and a dead attempt is known by that.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from imgfile import notes, sealing, state, station
from imgfile.clinical import policy as practice_policy
from imgfile.clinical.policy import Policy
from imgfile.errors import Damaged, UsageError, WrongKey
from imgfile.frozen import dataclass, field
from imgfile.practice_state import stored_keys
from imgfile.practice_state.founding import FoundingNote
from imgfile.state import Pin
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.keys.pseudonyms import KEY_BYTES
from imgfile.vault.roster.json import body_of
from imgfile.vault.roster.model import Credential, Generation, Person, Recovery, Role, Roster, StationEntry
from imgfile.vault.store.directory import KeysRoot, Store
from imgfile.vault.store.keys_root import KIND as ROOT_KIND
from imgfile.vault.times import format_time

_GENERATION: Final = 1
_FOLDERS: Final = frozenset({layout.KEYS, layout.POLICY, layout.ROSTER})
"""What an attempt that died before roster 1 can have left."""
_KEY_NAMES: Final = frozenset({layout.ROOT_NOTE, "practice", "signers", "stations"})
"""The same, in a folder that the keys have to themselves."""


@dataclass(frozen=True, slots=True)
class Founder:
    """Who founds, as typed: name and registration of the first clinician, the name of this computer."""

    name: str
    registration: str
    station_name: str
    policy: Policy
    is_post_quantum: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A vault that does not exist yet: every key is durable, roster 1 is signed but not written."""

    vault: str
    folder: Path
    store: Store
    clinician: sealing.KeyIdentity = field(repr=False)
    recovery: sealing.KeyIdentity = field(repr=False)
    roster: notes.Note
    station: str
    recovery_file: str
    """The vault's name of the practice identity sealed to the recovery key."""
    clinician_file: str
    """The same, sealed to the clinician."""


def continued(folder: Path) -> Station | None:
    """Finish an init that died between roster 1 and the pin; None where there is nothing to finish."""
    written = _own_roster(folder)
    if written is None:
        return None
    founded = _pin(folder, written, FoundingNote.of(folder).keys())
    conclude(folder)
    return founded


def _own_roster(folder: Path) -> notes.Note | None:
    """Return roster 1, if this account's own unfinished init wrote it."""
    vault, store = FoundingNote.of(folder).vault(), Store(folder.absolute())
    if vault is None or not store.exists(layout.roster(1)):
        return None
    written = notes.parse(store.read(layout.roster(1)))
    return written if written.vault == vault else None


def prepare(folder: Path, founder: Founder, *, at: datetime, keys: Path | None = None) -> Draft:
    """Make every key of a new vault and write them, into a folder of their own where one is given.

    Raises `UsageError` when a folder is not free, `NotWritable`.
    """
    place, note = folder.absolute(), FoundingNote.of(folder)
    refuse_taken(folder, keys)
    if (begun := note.keys()) is not None and _is_free_for_keys(begun, note):
        Store(begun).remove_unfounded_keys()
    Store(place).remove_unfounded()
    vault = layout.new_id()
    note.write(vault, keys.absolute() if keys is not None else None)
    key = notes.SigningKey.generate(layout.new_id())
    store, roots = _marked(Store(place), keys, vault, key)
    return _Workshop(vault, folder, store, founder, format_time(at), key, roots).draft()


def _marked(store: Store, keys: Path | None, vault: str, signer: notes.SigningKey) -> tuple[Store, dict[str, str]]:
    """Mark the folder that the keys get to themselves, if they do; return the store of both, and what a roster says."""
    if keys is None:
        return store, {}
    marker = signer.sign(ROOT_KIND, vault, {"root": layout.KEYS}, version=layout.FORMAT_VERSION)
    rooted = store.with_keys(KeysRoot(keys.absolute(), marker.digest))
    rooted.mark_keys(marker.encode())
    return rooted, {layout.KEYS: marker.digest}


def publish(draft: Draft) -> Station:
    """Write roster 1: from now on the vault exists, and this station trusts it. Raises `NotWritable`.

    Until `conclude`, the same init again finishes it.
    """
    draft.store.publish(layout.roster(1), draft.roster.encode())
    return _pin(draft.folder, draft.roster, FoundingNote.of(draft.folder).keys())


def conclude(folder: Path) -> None:
    """Forget that a vault was being founded here. Raises `NotWritable`."""
    FoundingNote.of(folder).drop()


def opens_practice(draft: Draft, name: str, identity: sealing.KeyIdentity) -> bool:
    """Test, on the files as written, that an identity opens the practice key."""
    try:
        return bool(sealing.parse_identity_file(sealing.unseal_bytes(draft.store.read(name), [identity])))
    except (WrongKey, Damaged):
        return False


def _pin(folder: Path, roster: notes.Note, keys: Path | None) -> Station:
    return station.pin(
        Pin(
            vault=roster.vault,
            folder=folder.absolute(),
            first_digest=roster.digest,
            highest=1,
            highest_digest=roster.digest,
            station=roster.body["stations"][0]["id"],
            keys=keys,
        )
    )


def refuse_taken(folder: Path, keys: Path | None = None) -> None:
    """Check that a vault can be founded in a folder, with its keys in one of their own where that is wanted.

    Raises `UsageError` when one of them is neither free nor our own.
    """
    for one in (folder, keys):
        if one is not None and state.state_folder().resolve().is_relative_to(one.resolve()):
            raise UsageError(
                f"{state.state_folder()}, where this computer keeps its own keys, would lie inside the vault.",
                "Nothing was changed. Choose another folder: a vault is shared and backed up, those keys never.",
            )
    if keys is not None:
        _refuse_keys_place(folder, keys)
    store = Store(folder.absolute())
    if store.exists(layout.roster(1)) and _own_roster(folder) is None:
        raise UsageError(f"{store.place} holds a vault already.", "Nothing was changed. Choose an empty folder.")
    present = set(store.names("."))
    is_own = FoundingNote.of(folder).vault() is not None
    if present and not (is_own and present <= _FOLDERS):
        raise UsageError(f"{store.place} is not empty.", "Nothing was changed. Choose an empty folder, or a new one.")


def _refuse_keys_place(folder: Path, keys: Path) -> None:
    vault, own = folder.resolve(), keys.resolve()
    if own.is_relative_to(vault) or vault.is_relative_to(own):
        raise UsageError(
            f"{keys} and the vault {folder} would lie one inside the other.",
            "Nothing was changed. Keys get a folder of their own so that it can be kept, and backed up, elsewhere.",
        )
    if not _is_free_for_keys(keys, FoundingNote.of(folder)):
        raise UsageError(f"{keys} is not empty.", "Nothing was changed. Choose an empty folder for the keys.")


def _is_free_for_keys(keys: Path, note: FoundingNote) -> bool:
    """Return whether a folder is new, empty, or what this account's own unfinished init made of it."""
    store = Store(keys.absolute())
    present = set(store.names("."))
    if not present:
        return True
    if note.keys() != keys.absolute() or not present <= _KEY_NAMES:
        return False
    if not store.exists(layout.ROOT_NOTE):  # it is the last that is cleared away
        return not any(path.is_file() for path in keys.rglob("*"))
    return notes.parse(store.read(layout.ROOT_NOTE)).vault == note.vault()


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who holds the practice's key: the founder, or whoever has the recovery key. Digests are of their sealed files."""

    key: notes.SigningKey
    identity: sealing.KeyIdentity
    practice_digest: str
    signer_digest: str

    @property
    def listed(self) -> tuple[str, str, notes.PublicKeys, str]:
        """How a roster lists them."""
        return self.key.name, str(self.identity.recipient), self.key.public, self.signer_digest

    @property
    def file(self) -> str:
        """Where their copy of the practice's key lies."""
        return layout.practice_key(_GENERATION, self.key.name)


_NO_NOTE: Final = notes.Note("", layout.FORMAT_1, "", {}, b"", ())
"""Before the first roster there is none."""


@dataclass(frozen=True, slots=True)
class _Workshop:
    """One founding: where the keys are made, sealed to one another, and listed."""

    vault: str
    folder: Path
    store: Store
    founder: Founder
    at: str
    key: notes.SigningKey
    """The founder's."""
    roots: dict[str, str]

    def draft(self) -> Draft:
        practice = self._identity()
        founder = self._holder(self.key, practice)
        recovery = self._holder(notes.SigningKey.generate(layout.new_id()), practice)
        roster = self._roster(practice, founder, recovery, self._station(practice, person=layout.new_id()))
        note = self.key.sign("roster", self.vault, body_of(roster, previous=""), version=layout.FORMAT_VERSION)
        return Draft(
            vault=self.vault,
            folder=self.folder,
            store=self.store,
            clinician=founder.identity,
            recovery=recovery.identity,
            roster=note,
            station=roster.stations[0].station,
            recovery_file=recovery.file,
            clinician_file=founder.file,
        )

    def _holder(self, key: notes.SigningKey, practice: sealing.KeyIdentity) -> _Holder:
        """Make a holder's identity, and seal to it the practice's key and what the holder signs with."""
        identity = self._identity()
        held = self._write(layout.practice_key(_GENERATION, key.name), self._render(practice, "practice"), identity)
        return _Holder(
            key, identity, held, self._write(layout.signer_key(key.name), base64.b64encode(key.secret), identity)
        )

    def _station(self, practice: sealing.KeyIdentity, *, person: str) -> StationEntry:
        """Make this computer's keys, keep them here, and seal the pseudonym key to it and to the practice."""
        machine, key = self._identity(), notes.SigningKey.generate(layout.new_id())
        digest = self._write(layout.station_key(key.name), secrets.token_bytes(KEY_BYTES), machine, practice)
        stored_keys.store_keys(self.vault, key, self._render(machine, "station"))
        return StationEntry(
            station=key.name,
            name=self.founder.station_name,
            recipient=str(machine.recipient),
            keys=key.public,
            pseudonym_digest=digest,
            person=person,
        )

    def _roster(
        self, practice: sealing.KeyIdentity, founder: _Holder, recovery: _Holder, station: StationEntry
    ) -> Roster:
        holders = {each.key.name: each.practice_digest for each in (founder, recovery)}
        roles, credentials = (Role.ADMINISTRATOR, Role.CLINICIAN), (Credential(*founder.listed),)
        person = Person(station.person, self.founder.name, self.founder.registration, roles, credentials)
        return Roster(
            note=_NO_NOTE,
            number=1,
            vault=self.vault,
            format=layout.FORMAT_VERSION,
            is_post_quantum=self.founder.is_post_quantum,
            founded=self.at,
            generations=(Generation(_GENERATION, str(practice.recipient), holders),),
            recovery=Recovery(*recovery.listed),
            people=(person,),
            stations=(station,),
            policy_digest=self._write_policy(),
            roots=self.roots,
            change="founded",
            made=self.at,
        )

    def _write_policy(self) -> str:
        """Publish the practice's policy by its digest, and return that."""
        policy = practice_policy.dump(self.founder.policy)
        digest = hashlib.sha256(policy).hexdigest()
        self.store.publish(layout.policy(digest), policy)
        return digest

    def _identity(self) -> sealing.KeyIdentity:
        return sealing.generate_identity(post_quantum=self.founder.is_post_quantum)

    def _render(self, identity: sealing.KeyIdentity, role: str) -> bytes:
        return sealing.render_identity_file(identity, (f"imgfile {role} identity", f"vault {self.vault}"))

    def _write(self, name: str, plaintext: bytes, *readers: sealing.KeyIdentity) -> str:
        """Seal to the readers, publish, and return the digest of the sealed file."""
        sealed = sealing.seal_bytes(plaintext, [one.recipient for one in readers])
        self.store.publish(name, sealed)
        return hashlib.sha256(sealed).hexdigest()
