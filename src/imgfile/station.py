"""This machine's own state: which vaults it trusts, its keys, its pending notes, its lock.

A station is one account on one machine. Nothing here opens a record: the signing key states, the station
identity opens one file, the pseudonym key. The state is private (0600 in 0700) and never shared; losing it
loses no photo.

    <state>/vaults/<vault>/pin.json       which vault this station trusts, where it lies, and its own name there
                           memory.0, .1   what it saw of the vault, twice: see `Memory`
                           roster.note    the newest roster it verified: checking begins there
                           signing.key    64 bytes, base64
                           station.txt    an age identity file: opens keys/stations/<station>.age alone
                           identity.age   a clinician's identity, sealed with a passphrase (where init ran)
                           next/          the same two, while this computer is listed under a new id
                           pending/       erasures that are not finished
                           keys.before    what the memory of earlier keys of this computer is read with
                           filed          a line a photo that was filed here: keyed marks and digests alone
                           places         where records lie, so that one is found without a look at them all
                           verified/      keyed digests of the manifests whose signatures hold, a file a patient
                           counted        how many records there were, and how far the trails had come (imgfile status)
                           mails          a line a mail that was filed from and is not ticked off, sealed
                           aside          a line a photo that is on hold, or waits for somebody to decide, sealed
                           lock
    <state>/founding/<digest>.json        an init that is not finished

A state of imgfile 0.1.0 has its memory in pin.json (`highest`, `digest`) and trail.json; the first write takes it over.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile import canonical_json, files, notes
from imgfile.errors import Busy, Damaged, NotWritable
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.notes import Body

STATE_VARIABLE: Final = "IMGFILE_STATE"
LOCK_TIMEOUT_SECONDS: Final = 120
"""Eight people filing at once on one account wait for one another; a batch holds the lock a photo at a time."""
MAX_FILED_BYTES: Final = 8 << 20
"""The lines about what was filed here are kept far below; of a longer file the newest are read."""


SLOTS: Final = ("memory.0", "memory.1")
MAX_KEY_BYTES: Final = 64 << 10
_ASIDE: Final = "next"
"""Where the keys of a computer lie that is to go on under a new id, until a roster lists it."""
MAX_MEMORY_BYTES: Final = 16 << 20
"""Of sixty stations' heads it takes six thousand; a tombstone takes a hundred."""
FILED_PURPOSE: Final = b"imgfile/filed-here/v1"
"""Of the key of what was filed here (`acts.ingest.already_filed`)."""
MAILS_PURPOSE: Final = b"imgfile/filed-mails/v1"
"""Of the key of the mails that were filed from (`acts.filed_mails`)."""
ASIDE_PURPOSE: Final = b"imgfile/set-aside/v1"
"""Of the key of the photos that are on hold, or wait for somebody to decide (`record_state.set_aside`)."""
_REMEMBERED: Final = {"filed": FILED_PURPOSE, "mails": MAILS_PURPOSE, "aside": ASIDE_PURPOSE}
"""What outlives the signing key that it was written under: file → purpose of the key derived from it."""
MAX_KEYS_BEFORE: Final = 64
_MEMORY_PURPOSE: Final = b"imgfile/station-memory/v1"

_IS_LINUX: Final = sys.platform == "linux"


def state_folder() -> Path:
    """Return where this account keeps imgfile's state: $IMGFILE_STATE, or the platform's place for it."""
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named).absolute()
    if (place := _linux_place("XDG_STATE_HOME", "~/.local/state")) is not None:
        return place
    import platformdirs  # noqa: PLC0415 - other systems' customs are not two lines

    return platformdirs.user_state_path("imgfile", appauthor=False)


def config_file() -> Path:
    """Return where the configuration file would be; it need not exist."""
    if (place := _linux_place("XDG_CONFIG_HOME", "~/.config")) is not None:
        return place / "config.toml"
    import platformdirs  # noqa: PLC0415 - see above

    return platformdirs.user_config_path("imgfile", appauthor=False) / "config.toml"


def _linux_place(variable: str, default: str) -> Path | None:
    """Return the folder that the XDG Base Directory Specification 0.8 gives imgfile; None where it does not hold.

    It asks for a variable, of which only a whole path counts, and a default: not worth a library that every start
    would import.
    """
    if not _IS_LINUX:
        return None
    named = os.environ.get(variable, "")
    place = named if os.path.isabs(named) else os.path.expanduser(default)  # noqa: PTH111, PTH117 - neither raises
    return Path(place) / "imgfile" if os.path.isabs(place) else None  # noqa: PTH117 - the same


@dataclass(frozen=True, slots=True)
class Pin:
    """What this station trusts of one vault, and its own name there ("" where it only reads)."""

    vault: str
    folder: Path
    first_digest: str
    """Digest of roster 1: the vault's fingerprint."""
    highest: int
    """The highest roster seen; an older one is a rollback."""
    highest_digest: str
    station: str = ""
    keys: Path | None = None
    """Where the vault's keys lie, if they have a folder of their own and this station was told."""

    def to_json(self) -> Body:
        """Return what pin.json holds beside a memory: what never changes, and where the vault lies."""
        facts: Body = {
            "vault": self.vault,
            "folder": hex_of(self.folder),
            "first": self.first_digest,
            "station": self.station,
        }
        return facts if self.keys is None else {**facts, "keys": hex_of(self.keys)}

    @classmethod
    def from_json(cls, facts: Body) -> Pin:
        """Read what pin.json holds, and what 0.1.0 remembered there. Raises KeyError, TypeError, ValueError."""
        return cls(
            vault=facts["vault"],
            folder=path_of(facts["folder"]),
            first_digest=facts["first"],
            highest=facts.get("highest", 1),
            highest_digest=str(facts.get("digest", facts["first"])),
            station=facts["station"],
            keys=path_of(facts["keys"]) if "keys" in facts else None,
        )


def hex_of(path: Path) -> str:
    """Spell a path as files of the state do: it need not be text."""
    return os.fsencode(path).hex()


def path_of(spelled: str) -> Path:
    """Read a path as `hex_of` spells it. Raises ValueError, TypeError."""
    return Path(os.fsdecode(bytes.fromhex(spelled)))


Head = tuple[int, str]
"""A trail's newest note: number and digest."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a station saw of a vault, none of which may be taken back behind its back.

    It stands in two slots, written in turn and in place, each with a keyed digest under the signing key. Reading takes
    the newest slot that checks. A write goes to the other slot than the newest synced one, so that one stays whole
    whatever happens, and a write that need not be durable costs no sync.
    """

    highest: int
    """The newest roster's number."""
    highest_digest: str
    heads: Mapping[str, Head]
    """Station: the newest note of its audit trail."""
    gone: Mapping[str, str] = field(default_factory=dict)
    """Record: digest of its tombstone."""
    count: int = 0
    """How often it was written; the newer slot has the greater one."""
    is_synced: bool = True
    """Whether it was made durable when it was written."""

    def raised(self, number: int, digest: str) -> Memory:
        """Return the same with a newer roster; never with an older one."""
        return replace(self, highest=number, highest_digest=digest) if number > self.highest else self

    def encode(self, vault: str, key: bytes) -> bytes:
        """Return a slot's line: a keyed digest, and the facts that it is of."""
        facts = canonical_json.encode(
            {
                "vault": vault,
                "roster": [self.highest, self.highest_digest],
                "heads": {station: list(head) for station, head in self.heads.items()},
                "gone": dict(self.gone),
                "count": self.count,
                "synced": self.is_synced,
            }
        )
        return hmac.new(key, facts, hashlib.sha256).hexdigest().encode("ascii") + b" " + facts + b"\n"

    @classmethod
    def decode(cls, slot: bytes, vault: str, key: bytes) -> Memory | None:
        """Read a slot; None where it is torn, or not this station's about this vault. What follows its line is old."""
        return _decoded(slot.partition(b"\n")[0], vault, key)


def _firmest(slots: Iterable[Memory | None]) -> Memory | None:
    """Return the slot that is written last: the newest of those that were made durable, else the newest."""
    return max(filter(None, slots), key=lambda slot: (slot.is_synced, slot.count), default=None)


@lru_cache(maxsize=4)  # one command looks several times; a slot of sixty stations takes half a millisecond
def _decoded(line: bytes, vault: str, key: bytes) -> Memory | None:
    mac, _, facts_as_json = line.partition(b" ")
    expected = hmac.new(key, facts_as_json, hashlib.sha256).hexdigest().encode("ascii")
    if not hmac.compare_digest(mac, expected):
        return None
    facts = canonical_json.decode(facts_as_json, limit=MAX_MEMORY_BYTES)  # as written here, or it would not check
    if facts["vault"] != vault:
        return None
    (highest, digest), heads = facts["roster"], facts["heads"]
    seen = {station: (number, head) for station, (number, head) in heads.items()}
    return Memory(highest, digest, seen, facts["gone"], facts["count"], facts["synced"])


class Station:
    """This machine in one vault. Secrets are read when first used and appear in no repr."""

    def __init__(self, pin: Pin) -> None:
        self.pin = pin

    def __repr__(self) -> str:
        return f"Station({self.pin.station!r} in {self.pin.vault!r})"

    @property
    def folder(self) -> Path:
        """Where this vault's part of the state lies."""
        return vault_state(self.pin.vault)

    @property
    def identity_file(self) -> Path:
        """Where init leaves the first clinician's identity, sealed with their passphrase."""
        return self.folder / "identity.age"

    @property
    def has_other_identity(self) -> bool:
        """Whether an identity was joined anew here, so that the one that is kept may be another person's."""
        return self.identity_file.with_name("identity.old.age").exists()

    @cached_property
    def signing_key(self) -> notes.SigningKey:
        """The key that signs this station's manifests and audit trail. Raises `Damaged`."""
        try:
            secret = base64.b64decode((self.folder / "signing.key").read_bytes(), validate=True)
            return notes.SigningKey(self.pin.station, secret)
        except (OSError, ValueError, Damaged) as error:
            raise _lost("signing key") from error

    @cached_property
    def identity(self) -> bytes:
        """The age identity file that opens this station's pseudonym key. Raises `Damaged`."""
        try:
            return (self.folder / "station.txt").read_bytes()
        except OSError as error:
            raise _lost("identity") from error

    def follow(self, folder: Path) -> Station:
        """Look for the vault in another folder from now on, as `acts.moved` permits. Raises `NotWritable`."""
        return self._followed(replace(self.pin, folder=folder.absolute()))

    def follow_keys(self, folder: Path) -> Station:
        """Look for the vault's keys in another folder from now on, as `acts.moved_keys` permits.

        Raises `NotWritable`.
        """
        return self._followed(replace(self.pin, keys=folder.absolute()))

    def _followed(self, moved: Pin) -> Station:
        path = self.folder / "pin.json"
        with self._held("memory.lock"):
            _write_json(path, {**_parse_json(path.read_bytes()), **moved.to_json()})
        return Station(moved)

    # --- what it saw of the vault --------------------------------------------------------------------------

    def raise_pin(self, number: int, digest: str, roster: bytes = b"") -> None:
        """Remember a newer roster, so that an older one is refused from now on; never one older than is remembered.

        `roster` is its note, kept so that checking begins there; without it all of them are checked again. A station
        that lost its memory, or never had keys to sign one, remembers nothing.
        """
        self.keep_roster(roster)
        newest = self.memory if self.has_lost_memory else self.remember(lambda seen: seen.raised(number, digest))
        newest = newest.raised(number, digest)
        self.pin = replace(self.pin, highest=newest.highest, highest_digest=newest.highest_digest)

    def keep_roster(self, roster: bytes) -> None:
        """Keep the newest verified roster's note. Losing it costs time: it counts only by its remembered digest."""
        if roster:
            files.replace(self.folder / "roster.note", roster)

    def kept_roster(self) -> bytes:
        """Return the newest roster's note as it was kept here; b"" for none."""
        return read_kept(self.folder / "roster.note", notes.MAX_NOTE_BYTES)

    def seen_heads(self) -> dict[str, Head]:
        """Return the newest note, number and digest, of each station's trail as last seen; {} at first."""
        return dict(self.memory.heads)

    def remember_heads(self, heads: Mapping[str, Head], *, is_durable: bool = True) -> None:
        """Remember how far each trail had come, so that a shortened one is noticed. Raises `Damaged`, `NotWritable`."""
        self.remember(lambda seen: replace(seen, heads=dict(heads)), is_durable=is_durable)

    @property
    def memory(self) -> Memory:
        """The newest of what is remembered; of a lost memory, no more than the first roster.

        Of a state of 0.1.0, what stands there.
        """
        newest = max(filter(None, self._slots()), key=lambda slot: slot.count, default=None)
        if newest is not None:
            return newest
        path = self.folder / "pin.json"
        pin = _read_pin(path) if path.exists() else self.pin
        return Memory(pin.highest, pin.highest_digest, _heads_of_0_1_0(self.folder))

    @property
    def has_lost_memory(self) -> bool:
        """Whether neither slot holds what this station saw, so that an older copy of the vault could pass for it."""
        return _has_begun(self.folder) and self.sound_slots() == 0

    def sound_slots(self) -> int:
        """Return how many of the two slots can be read and check."""
        return sum(slot is not None for slot in self._slots())

    def require_memory(self) -> None:
        """Raise `Damaged` where the memory of the vault is lost: nothing is filed, viewed or exported then."""
        if self.has_lost_memory:
            raise Damaged(
                "this computer has lost its memory of the vault: both copies of it are missing or damaged.",
                "No record is affected. Until an administrator approves what the vault holds now, an older copy could "
                "pass for it, so nothing is filed, viewed or exported:  imgfile vault accept-loss\n"
                f"Or restore {self.folder} from a backup.",
            )

    def remember(self, change: Callable[[Memory], Memory], *, is_durable: bool = True) -> Memory:
        """Change what is remembered, as it is now: another imgfile may have seen more since this one began.

        Raises `Damaged` where the memory is lost, `NotWritable`.
        """
        self.require_memory()
        if not _has_begun(self.folder) and not (self.folder / "signing.key").exists():
            return self._remember_unsigned(change)
        with self._held("memory.lock"):  # not the station's own: `list` may raise a pin while another files
            before = self.memory
            after = change(before)
            slots = self._slots()
            kept = _firmest(slots)
            if kept is None or not _has_begun(self.folder):
                return self._begin(after)
            if after == before:
                return before
            after = replace(after, count=before.count + 1, is_synced=is_durable or not kept.is_synced)
            self._write_slot(1 - slots.index(kept), after)
            return after

    def begin_memory(self, seen: Memory) -> None:
        """Have this memory and no other, in both slots, durably: at first, or when somebody approved it.

        Raises `NotWritable`, and `Damaged` without a signing key.
        """
        with self._held("memory.lock"):
            self._begin(seen)

    def _begin(self, seen: Memory) -> Memory:
        """Write both slots, the firmer one last, and then a pin that leaves the memory to them; hold its lock."""
        slots = self._slots()
        kept = _firmest(slots)
        first = 0 if kept is None else 1 - slots.index(kept)
        for number in (first, 1 - first):
            seen = replace(seen, count=seen.count + 1, is_synced=True)
            self._write_slot(number, seen)
        _write_json(self.folder / "pin.json", self.pin.to_json())
        return seen

    def _remember_unsigned(self, change: Callable[[Memory], Memory]) -> Memory:
        """Remember a roster in the pin, as 0.1.0 does, where a station only reads and has no key to sign with."""
        seen = change(self.memory)
        _write_json(self.folder / "pin.json", _with_memory(self.pin, seen))
        return seen

    def _slots(self) -> list[Memory | None]:
        try:
            key = self._memory_key(self.signing_key)
        except Damaged:  # without its key, nothing that stands there can be known for this station's own
            return [None for _ in SLOTS]
        slots = (read_kept(self.folder / name, MAX_MEMORY_BYTES) for name in SLOTS)
        return [Memory.decode(slot, self.pin.vault, key) for slot in slots]

    def _write_slot(self, number: int, seen: Memory) -> None:
        slot = seen.encode(self.pin.vault, self._memory_key(self.signing_key))
        files.rewrite(self.folder / SLOTS[number], slot, is_durable=seen.is_synced)

    @staticmethod
    def _memory_key(signing_key: notes.SigningKey) -> bytes:
        return hmac.digest(signing_key.secret, _MEMORY_PURPOSE, "sha256")

    @contextlib.contextmanager
    def locked(self, patience_seconds: float | None = None) -> Iterator[None]:
        """Be the only imgfile of this account that writes to this vault.

        Raises `Busy` after two minutes, or as long as one is ready to wait; `NotWritable`.
        """
        with self._held("lock", patience_seconds):
            yield

    @contextlib.contextmanager
    def _held(self, name: str, patience_seconds: float | None = None) -> Iterator[None]:
        patience = LOCK_TIMEOUT_SECONDS if patience_seconds is None else patience_seconds
        from imgfile.process_lock import StillLocked, locked  # noqa: PLC0415 - only writers need it

        path = self.folder / name
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(locked(path, patience_seconds=patience))
            except StillLocked as error:
                raise Busy(
                    "another imgfile on this computer is filing.", "Wait until it is done, then try again."
                ) from error
            except OSError as error:
                raise NotWritable(f"{path} cannot be had: {error.strerror}.", "Check this disk.") from error
            yield

    # --- what was filed here (acts/ingest/already_filed.py) ------------------------------------------------

    def derived_keys(self, purpose: bytes) -> list[bytes]:
        """Return the key of this purpose that is written with, and those of earlier signing keys of this computer.

        A computer that joined anew, or whose trail was lost, has another id; what it remembers of what it filed holds.
        Raises `Damaged`.
        """
        own = hmac.digest(self.signing_key.secret, purpose, "sha256")
        before = _keys_before(self.folder).get(purpose.decode("ascii"), [])
        return [own, *(bytes.fromhex(key) for key in before)]

    @property
    def has_set_aside(self) -> bool:
        """Return whether any photo was ever put on hold or set aside here (`record_state.set_aside`)."""
        return (self.folder / "aside").exists()

    def filed_lines(self) -> list[bytes]:
        """Return the lines about the photos that were filed here, oldest first; none at first. Raises `Damaged`.

        A power cut may have torn the last one.
        """
        path = self.folder / "filed"
        try:
            with path.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - MAX_FILED_BYTES))
                return [line for line in file.read(MAX_FILED_BYTES).split(b"\n") if line]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _lost("memory of what was filed here") from error

    def add_filed(self, lines: Sequence[bytes]) -> None:
        """Add lines durably; hold the lock. Raises `NotWritable`."""
        files.append(self.folder / "filed", b"".join(b"\n" + line for line in lines) + b"\n")

    def replace_filed(self, lines: Sequence[bytes]) -> None:
        """Have these lines and no others, durably; hold the lock. Raises `NotWritable`."""
        files.replace(self.folder / "filed", b"".join(line + b"\n" for line in lines))

    # --- pending notes (docs/explanation/erasure.md) ------------------------------------------------------

    def write(self, facts: Body) -> PendingNote:
        """Make the facts of an erasure that is about to begin durable; hold the lock. Raises `NotWritable`."""
        folder = self.folder / "pending"
        files.make_folder(folder)
        self._clear_unfinished_notes()
        note = PendingNote(self, folder / f"{secrets.token_hex(16)}.note", facts)
        note.update(facts)
        return note

    @property
    def has_pending(self) -> bool:
        """Return whether an erasure was begun and not finished."""
        return bool(self._pending_paths())

    def pending(self) -> list[PendingNote]:
        """Return the erasures that were begun and not finished; hold the lock.

        Raises `Damaged` for a note not signed here.
        """
        self._clear_unfinished_notes()
        return [self._read_pending(path) for path in self._pending_paths()]

    def _pending_paths(self) -> list[Path]:
        """List the notes, sorted; none where there is no folder for them. A pattern would cost a start 2 ms."""
        return sorted(path for path in _entries(self.folder / "pending") if path.name.endswith(".note"))

    def _clear_unfinished_notes(self) -> None:
        """Remove what a run that died while writing a note left: it means nothing, and may name a path (R23)."""
        for path in _entries(self.folder / "pending"):
            if path.name.startswith(files.TEMPORARY_PREFIX):
                with contextlib.suppress(OSError):
                    files.unlink(path)

    def _read_pending(self, path: Path) -> PendingNote:
        signer = self.signing_key.public
        note = notes.verified_note(path.read_bytes(), {signer.name: signer}, kind="pending", vault=self.pin.vault)
        return PendingNote(self, path, note.body)


class PendingNote:
    """One unfinished erasure: its facts are durable before every step that relies on them."""

    def __init__(self, station: Station, path: Path, facts: Body) -> None:
        self._station = station
        self._path = path
        self.facts = facts

    def update(self, facts: Body) -> None:
        """Replace the facts durably. Raises `NotWritable`."""
        note = self._station.signing_key.sign("pending", self._station.pin.vault, facts)
        files.replace(self._path, note.encode())
        self.facts = facts

    def drop(self) -> None:
        """Forget the note: its erasure is finished and its evidence is in the audit trail.

        One that cannot be removed just now is finished once more by the next run, which finds nothing left to do.
        """
        with contextlib.suppress(OSError):
            files.unlink(self._path)


def typed_folder(folder: Path) -> str:
    """Return a folder as it is typed in a command that a hint names."""
    return f'"{folder}"' if " " in str(folder) else str(folder)


def known_vaults() -> list[Pin]:
    """Return the vaults that this station trusts, in the order of their ids. Raises `Damaged`."""
    folders = sorted(_entries(state_folder() / "vaults"))
    return [_known(path) for folder in folders for path in _entries(folder) if path.name == "pin.json"]


def has_set_aside() -> bool:
    """Return whether this account leaves any photo alone, in the name of whichever vault (`record_state.set_aside`)."""
    return any((folder / "aside").exists() for folder in _entries(state_folder() / "vaults"))


def store_keys(vault: str, signing_key: notes.SigningKey, identity: bytes, *, is_aside: bool = False) -> None:
    """Store this machine's keys for a vault: what it signs with, and an age identity file. Raises `NotWritable`.

    Without a pin they mean nothing yet. Aside they are beside those that count, until they take their place. What it
    remembers under keys whose place is taken stays readable: what reads it is kept, of that purpose alone.
    """
    folder = vault_state(vault) / _ASIDE if is_aside else vault_state(vault)
    files.make_folder(folder)
    _keep_derived(folder, signing_key)
    files.replace(folder / "signing.key", base64.b64encode(signing_key.secret))
    files.replace(folder / "station.txt", identity)


def kept_keys(vault: str, *, is_aside: bool = False) -> tuple[bytes, bytes] | None:
    """Return the keys as they are stored, aside or where they count; None where they are not whole."""
    folder = vault_state(vault) / _ASIDE if is_aside else vault_state(vault)
    secret, identity = (read_kept(folder / name, MAX_KEY_BYTES) for name in ("signing.key", "station.txt"))
    try:
        return (base64.b64decode(secret, validate=True), identity) if secret and identity else None
    except ValueError:
        return None


def drop_keys_aside(vault: str) -> None:
    """Forget the keys that lay aside. Those that cannot be removed just now change nothing."""
    for name in ("signing.key", "station.txt"):
        with contextlib.suppress(OSError):
            files.unlink(vault_state(vault) / _ASIDE / name)


def _keep_derived(folder: Path, following: notes.SigningKey) -> None:
    """Keep, durably, what the memory of the signing key in a folder is read with, before another takes its place."""
    try:
        secret = base64.b64decode((folder / "signing.key").read_bytes(), validate=True)
    except (OSError, ValueError):  # there is none, or nothing can be read with it
        return
    if secret == following.secret:
        return
    kept = _keys_before(folder)
    for name, purpose in _REMEMBERED.items():
        if (folder / name).exists():
            key, before = hmac.digest(secret, purpose, "sha256").hex(), kept.get(purpose.decode("ascii"), [])
            kept[purpose.decode("ascii")] = list(dict.fromkeys([key, *before]))[:MAX_KEYS_BEFORE]
    if kept:
        _write_json(folder / "keys.before", dict(kept))


def _keys_before(folder: Path) -> dict[str, list[str]]:
    """Return purpose → keys of earlier signing keys, newest first; {} for none, also where they are damaged."""
    data = read_kept(folder / "keys.before", notes.MAX_NOTE_BYTES)
    try:
        return {purpose: [*map(_as_hex, keys)] for purpose, keys in _parse_json(data).items()} if data else {}
    except (ValueError, TypeError, AttributeError):
        return {}


def _as_hex(key: str) -> str:
    return bytes.fromhex(key).hex()


def store_identity(vault: str, sealed: bytes) -> Path:
    """Keep a person's passphrase-sealed identity on this computer; return where. Raises `NotWritable`."""
    path = vault_state(vault) / "identity.age"
    files.make_folder(path.parent)
    files.replace(path, sealed)
    return path


def pin(trusted: Pin) -> Station:
    """Trust a vault from now on. Raises `NotWritable`."""
    folder = vault_state(trusted.vault)
    files.make_folder(folder)
    here = Station(trusted)
    seen = replace(here.memory, highest=trusted.highest, highest_digest=trusted.highest_digest)
    if (folder / "signing.key").exists():
        here.begin_memory(seen)
    else:
        _write_json(folder / "pin.json", _with_memory(trusted, seen))
    return here


@dataclass(frozen=True, slots=True)
class FoundingNote:
    """This account's own memory of an init that is not finished, so that a re-run may continue or clear it."""

    path: Path

    @classmethod
    def of(cls, folder: Path) -> FoundingNote:
        """Return the note about a vault folder, whether or not it is there."""
        name = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()
        return cls(state_folder() / "founding" / f"{name}.json")

    def vault(self) -> str | None:
        """Return the id of the vault that was being founded, or None when none was."""
        try:
            return str(_parse_json(self.path.read_bytes())["vault"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError) as error:
            raise _lost("note of an unfinished init") from error

    def keys(self) -> Path | None:
        """Return the folder of their own that the keys were to have; None where they were to lie with the rest."""
        if self.vault() is None:
            return None
        try:
            spelled = _parse_json(self.path.read_bytes()).get("keys")
            return None if spelled is None else path_of(spelled)
        except (OSError, TypeError, ValueError) as error:
            raise _lost("note of an unfinished init") from error

    def write(self, vault: str, keys: Path | None = None) -> None:
        """Remember, durably, that this vault is being founded, and where its keys go if not with the rest."""
        files.make_folder(self.path.parent)
        _write_json(self.path, {"vault": vault} if keys is None else {"vault": vault, "keys": hex_of(keys)})

    def drop(self) -> None:
        """Forget it: the vault is founded and pinned."""
        files.unlink(self.path)


def _entries(folder: Path) -> list[Path]:
    """List what is in a folder; nothing where it is not there. Raises `Damaged` where it cannot be looked into."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _lost("state") from error


def vault_state(vault: str) -> Path:
    """Return where a vault's part of the state lies; it need not be there."""
    return state_folder() / "vaults" / vault


def _read_pin(path: Path) -> Pin:
    """Read pin.json, and no memory but what 0.1.0 kept there."""
    try:
        return Pin.from_json(_parse_json(path.read_bytes()))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _lost("pin") from error


def _known(path: Path) -> Pin:
    """Read a pin with what is remembered of its vault; of a lost memory, no more than the first roster."""
    pin = _read_pin(path)
    seen = Station(pin).memory
    return replace(pin, highest=seen.highest, highest_digest=seen.highest_digest)


def _with_memory(pin: Pin, seen: Memory) -> Body:
    return {**pin.to_json(), "highest": seen.highest, "digest": seen.highest_digest}


def _has_begun(folder: Path) -> bool:
    """Return whether the memory of a vault stands in slots: its pin has none then."""
    path = folder / "pin.json"
    try:
        return "highest" not in _parse_json(path.read_bytes())
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise _lost("pin") from error


def _heads_of_0_1_0(folder: Path) -> dict[str, Head]:
    """Return the heads as imgfile 0.1.0 kept them, unsynced: a power cut may have left none, or zeros."""
    if _has_begun(folder):
        return {}
    try:
        data = read_kept(folder / "trail.json", notes.MAX_NOTE_BYTES)
        heads = _parse_json(data) if data.strip(b"\0") else {}
        return {name: (number, digest) for name, (number, digest) in heads.items()}
    except (TypeError, ValueError) as error:
        raise _lost("memory of the audit trails") from error


def read_kept(path: Path, limit: int) -> bytes:
    """Return what a file of the state holds, as far as the limit; b"" where it is not there or cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError:
        return b""


def read_begun(path: Path, limit: int) -> bytes:
    """Return what a file of the state holds that says what a run began here; b"" where it is not there.

    Were one that merely could not be read taken for absent, what was begun would never be finished, or be done twice.
    Raises `NotWritable`.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise NotWritable(
            f"{path} cannot be read: {error.strerror}. It says what was begun at this computer.",
            "Look at this disk, then run the same command again: it goes on from there.",
        ) from error


def _parse_json(data: bytes) -> Body:
    return canonical_json.decode(data, limit=notes.MAX_NOTE_BYTES)


def _write_json(path: Path, facts: Body) -> None:
    files.replace(path, canonical_json.encode(facts))


def _lost(what: str) -> Damaged:
    return Damaged(
        f"this computer's own {what} is missing or damaged.",
        f"No record is affected. Restore {state_folder()} from a backup.",
    )
