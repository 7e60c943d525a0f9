"""What this account keeps of the vaults that it knows: which it trusts, and what it saw of each; and where that lies.

The state is private (0600 in 0700) and never shared; losing it loses no photo. `imgfile.station` files and signs with
what lies here, `imgfile.practice_state` and `imgfile.record_state` keep the rest.

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

import contextlib
import hashlib
import hmac
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
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
PIN_FILE: Final = "pin.json"
SLOTS: Final = ("memory.0", "memory.1")
MAX_MEMORY_BYTES: Final = 16 << 20
"""Of sixty stations' heads it takes six thousand; a tombstone takes a hundred."""

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


def vault_state(vault: str) -> Path:
    """Return where a vault's part of the state lies; it need not be there."""
    return state_folder() / "vaults" / vault


# --- which vaults it trusts -------------------------------------------------------------------------------


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


def read_pin(path: Path) -> Pin:
    """Read pin.json, and no memory but what 0.1.0 kept there. Raises `Damaged`."""
    try:
        return Pin.from_json(parse_json(path.read_bytes()))
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise lost("pin") from error


# --- what it saw of a vault -------------------------------------------------------------------------------

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


@dataclass(frozen=True, slots=True)
class MemorySlots:
    """Where a station's memory of a vault stands: in two slots, and before they were written in the pin."""

    folder: Path
    """The vault's part of the state."""
    pin: Pin
    key: Callable[[], bytes] = field(repr=False)
    """Gives what the slots are authenticated with. Raises `Damaged` where the signing key is missing."""

    @property
    def newest(self) -> Memory:
        """The newest of what is remembered; of a lost memory, no more than the first roster.

        Of a state of 0.1.0, what stands there.
        """
        newest = max(filter(None, self.read()), key=lambda slot: slot.count, default=None)
        if newest is not None:
            return newest
        path = self.folder / PIN_FILE
        pin = read_pin(path) if path.exists() else self.pin
        return Memory(pin.highest, pin.highest_digest, _heads_of_0_1_0(self.folder))

    @property
    def is_lost(self) -> bool:
        """Whether neither slot holds what was seen, so that an older copy of the vault could pass for it."""
        return _has_begun(self.folder) and self.sound == 0

    def read(self) -> list[Memory | None]:
        """Return both slots, each None where it is torn or missing."""
        try:
            key = self.key()
        except Damaged:  # without its key, nothing that stands there can be known for this station's own
            return [None for _ in SLOTS]
        slots = (read_kept(self.folder / name, MAX_MEMORY_BYTES) for name in SLOTS)
        return [Memory.decode(slot, self.pin.vault, key) for slot in slots]

    @property
    def sound(self) -> int:
        """How many of the two slots can be read and check."""
        return sum(slot is not None for slot in self.read())

    def require(self) -> None:
        """Raise `Damaged` where the memory is lost."""
        if self.is_lost:
            raise Damaged(
                "this computer has lost its memory of the vault: both copies of it are missing or damaged.",
                "No record is affected. Until an administrator approves what the vault holds now, an older copy could "
                "pass for it, so nothing is filed, viewed or exported:  imgfile vault accept-loss\n"
                f"Or restore {self.folder} from a backup.",
            )

    def change(self, change: Callable[[Memory], Memory], *, is_durable: bool) -> Memory:
        """Change what is remembered, as it is now: another imgfile may have seen more since this one began.

        Raises `Damaged` where the memory is lost, `NotWritable`.
        """
        self.require()
        if not _has_begun(self.folder) and not (self.folder / "signing.key").exists():
            return self._change_unsigned(change)
        with self._held():
            before, slots = self.newest, self.read()
            after, kept = change(before), _firmest(slots)
            if kept is None or not _has_begun(self.folder):
                return self._begin(after)
            if after == before:
                return before
            after = replace(after, count=before.count + 1, is_synced=is_durable or not kept.is_synced)
            self._write(1 - slots.index(kept), after)
            return after

    def begin(self, seen: Memory) -> None:
        """Have this memory and no other, in both slots, durably: at first, or when somebody approved it.

        Raises `NotWritable`, and `Damaged` without a signing key.
        """
        with self._held():
            self._begin(seen)

    def follow(self, moved: Pin) -> None:
        """Have another pin, with what it remembers where no slot was written yet. Raises `NotWritable`."""
        path = self.folder / PIN_FILE
        with self._held():
            write_json(path, {**parse_json(path.read_bytes()), **moved.to_json()})

    def _begin(self, seen: Memory) -> Memory:
        """Write both slots, the firmer one last, and then a pin that leaves the memory to them; hold the lock."""
        slots = self.read()
        kept = _firmest(slots)
        first = 0 if kept is None else 1 - slots.index(kept)
        for number in (first, 1 - first):
            seen = replace(seen, count=seen.count + 1, is_synced=True)
            self._write(number, seen)
        write_json(self.folder / PIN_FILE, self.pin.to_json())
        return seen

    def _change_unsigned(self, change: Callable[[Memory], Memory]) -> Memory:
        """Remember a roster in the pin, as 0.1.0 does, where a station only reads and has no key to sign with."""
        seen = change(self.newest)
        write_pin(self.folder, self.pin, seen)
        return seen

    def _write(self, number: int, seen: Memory) -> None:
        slot = seen.encode(self.pin.vault, self.key())
        files.rewrite(self.folder / SLOTS[number], slot, is_durable=seen.is_synced)

    def _held(self) -> contextlib.AbstractContextManager[None]:
        """Hold a lock that is not the station's own: `list` may raise a pin while another imgfile files."""
        return held(self.folder / "memory.lock")


def write_pin(folder: Path, pin: Pin, seen: Memory) -> None:
    """Write pin.json with what is remembered, as 0.1.0 does: before there are keys. Raises `NotWritable`."""
    write_json(folder / PIN_FILE, {**pin.to_json(), "highest": seen.highest, "digest": seen.highest_digest})


def _has_begun(folder: Path) -> bool:
    """Return whether the memory of a vault stands in slots: its pin has none then."""
    path = folder / PIN_FILE
    try:
        return "highest" not in parse_json(path.read_bytes())
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise lost("pin") from error


def _heads_of_0_1_0(folder: Path) -> dict[str, Head]:
    """Return the heads as imgfile 0.1.0 kept them, unsynced: a power cut may have left none, or zeros."""
    if _has_begun(folder):
        return {}
    try:
        data = read_kept(folder / "trail.json", notes.MAX_NOTE_BYTES)
        heads = parse_json(data) if data.strip(b"\0") else {}
        return {name: (number, digest) for name, (number, digest) in heads.items()}
    except (TypeError, ValueError) as error:
        raise lost("memory of the audit trails") from error


# --- reading and writing what lies there ------------------------------------------------------------------


@contextlib.contextmanager
def held(lock: Path, patience_seconds: float | None = None) -> Iterator[None]:
    """Hold a lock of the state. Raises `Busy` after two minutes, or as long as one is ready to wait; `NotWritable`."""
    patience = LOCK_TIMEOUT_SECONDS if patience_seconds is None else patience_seconds
    from imgfile.process_lock import StillLocked, locked  # noqa: PLC0415 - only writers need it

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(lock, patience_seconds=patience))
        except StillLocked as error:
            raise Busy(
                "another imgfile on this computer is filing.", "Wait until it is done, then try again."
            ) from error
        except OSError as error:
            raise NotWritable(f"{lock} cannot be had: {error.strerror}.", "Check this disk.") from error
        yield


def entries(folder: Path) -> list[Path]:
    """List what is in a folder; nothing where it is not there. Raises `Damaged` where it cannot be looked into."""
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise lost("state") from error


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


def parse_json(data: bytes) -> Body:
    """Read a file of the state that is JSON. Raises ValueError."""
    return canonical_json.decode(data, limit=notes.MAX_NOTE_BYTES)


def write_json(path: Path, facts: Body) -> None:
    """Write one, durably. Raises `NotWritable`."""
    files.replace(path, canonical_json.encode(facts))


def lost(what: str) -> Damaged:
    """Return the error of a part of the state that is missing or damaged."""
    return Damaged(
        f"this computer's own {what} is missing or damaged.",
        f"No record is affected. Restore {state_folder()} from a backup.",
    )


def hex_of(path: Path) -> str:
    """Spell a path as files of the state do: it need not be text."""
    return os.fsencode(path).hex()


def path_of(spelled: str) -> Path:
    """Read a path as `hex_of` spells it. Raises ValueError, TypeError."""
    return Path(os.fsdecode(bytes.fromhex(spelled)))
