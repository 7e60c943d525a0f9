"""This computer in one vault: what it signs with, what it saw, what it filed and has begun to erase.

A station is one account on one machine. Nothing here opens a record: the signing key states, the station
identity opens one file, the pseudonym key. `imgfile.state` says where all of it lies.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile import files, notes
from imgfile.errors import Damaged
from imgfile.state import (
    PIN_FILE,
    Head,
    Memory,
    MemorySlots,
    Pin,
    entries,
    held,
    lost,
    parse_json,
    read_kept,
    read_pin,
    state_folder,
    vault_state,
    write_pin,
)

if TYPE_CHECKING:
    from imgfile.notes import Body

MAX_FILED_BYTES: Final = 8 << 20
"""The lines about what was filed here are kept far below; of a longer file the newest are read."""
FILED_PURPOSE: Final = b"imgfile/filed-here/v1"
"""Of the key of what was filed here (`acts.ingest.already_filed`)."""
MAILS_PURPOSE: Final = b"imgfile/filed-mails/v1"
"""Of the key of the mails that were filed from (`acts.filed_mails`)."""
ASIDE_PURPOSE: Final = b"imgfile/set-aside/v1"
"""Of the key of the photos that are on hold, or wait for somebody to decide (`record_state.set_aside`)."""
_MEMORY_PURPOSE: Final = b"imgfile/station-memory/v1"


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
            raise lost("signing key") from error

    @cached_property
    def identity(self) -> bytes:
        """The age identity file that opens this station's pseudonym key. Raises `Damaged`."""
        try:
            return (self.folder / "station.txt").read_bytes()
        except OSError as error:
            raise lost("identity") from error

    def follow(self, folder: Path) -> Station:
        """Look for the vault in another folder from now on, as `acts.moved` permits. Raises `NotWritable`."""
        return self._followed(replace(self.pin, folder=folder.absolute()))

    def follow_keys(self, folder: Path) -> Station:
        """Look for the vault's keys in another folder from now on, as `acts.moved_keys` permits.

        Raises `NotWritable`.
        """
        return self._followed(replace(self.pin, keys=folder.absolute()))

    def _followed(self, moved: Pin) -> Station:
        self.slots.follow(moved)
        return Station(moved)

    # --- what it saw of the vault --------------------------------------------------------------------------

    @property
    def slots(self) -> MemorySlots:
        """Where its memory of the vault stands."""
        return MemorySlots(
            self.folder, self.pin, lambda: hmac.digest(self.signing_key.secret, _MEMORY_PURPOSE, "sha256")
        )

    @property
    def memory(self) -> Memory:
        """The newest of what is remembered; of a lost memory, no more than the first roster."""
        return self.slots.newest

    @property
    def has_lost_memory(self) -> bool:
        """Whether neither slot holds what this station saw, so that an older copy of the vault could pass for it."""
        return self.slots.is_lost

    def require_memory(self) -> None:
        """Raise `Damaged` where the memory of the vault is lost: nothing is filed, viewed or exported then."""
        self.slots.require()

    def remember(self, change: Callable[[Memory], Memory], *, is_durable: bool = True) -> Memory:
        """Change what is remembered, as it is now. Raises `Damaged` where the memory is lost, `NotWritable`."""
        return self.slots.change(change, is_durable=is_durable)

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

    def locked(self, patience_seconds: float | None = None) -> contextlib.AbstractContextManager[None]:
        """Be the only imgfile of this account that writes to this vault.

        Raises `Busy` after two minutes, or as long as one is ready to wait; `NotWritable`.
        """
        return held(self.folder / "lock", patience_seconds)

    # --- what was filed here (acts/ingest/already_filed.py) ------------------------------------------------

    def derived_keys(self, purpose: bytes) -> list[bytes]:
        """Return the key of this purpose that is written with, and those of earlier signing keys of this computer.

        A computer that joined anew, or whose trail was lost, has another id; what it remembers of what it filed holds.
        Raises `Damaged`.
        """
        own = hmac.digest(self.signing_key.secret, purpose, "sha256")
        before = keys_before(self.folder).get(purpose.decode("ascii"), [])
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
            raise lost("memory of what was filed here") from error

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
        return sorted(path for path in entries(self.folder / "pending") if path.name.endswith(".note"))

    def _clear_unfinished_notes(self) -> None:
        """Remove what a run that died while writing a note left: it means nothing, and may name a path (R23)."""
        for path in entries(self.folder / "pending"):
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


def known_vaults() -> list[Pin]:
    """Return the vaults that this station trusts, in the order of their ids. Raises `Damaged`."""
    folders = sorted(entries(state_folder() / "vaults"))
    return [_known(path) for folder in folders for path in entries(folder) if path.name == PIN_FILE]


def _known(path: Path) -> Pin:
    """Read a pin with what is remembered of its vault; of a lost memory, no more than the first roster."""
    pin = read_pin(path)
    seen = Station(pin).memory
    return replace(pin, highest=seen.highest, highest_digest=seen.highest_digest)


def has_set_aside() -> bool:
    """Return whether this account leaves any photo alone, in the name of whichever vault (`record_state.set_aside`)."""
    return any((folder / "aside").exists() for folder in entries(state_folder() / "vaults"))


def keys_before(folder: Path) -> dict[str, list[str]]:
    """Return purpose → keys of earlier signing keys, newest first; {} for none, also where they are damaged."""
    data = read_kept(folder / "keys.before", notes.MAX_NOTE_BYTES)
    try:
        return {purpose: [*map(_as_hex, keys)] for purpose, keys in parse_json(data).items()} if data else {}
    except (ValueError, TypeError, AttributeError):
        return {}


def _as_hex(key: str) -> str:
    return bytes.fromhex(key).hex()


def pin(trusted: Pin) -> Station:
    """Trust a vault from now on. Raises `NotWritable`."""
    folder = vault_state(trusted.vault)
    files.make_folder(folder)
    here = Station(trusted)
    seen = replace(here.memory, highest=trusted.highest, highest_digest=trusted.highest_digest)
    if (folder / "signing.key").exists():
        here.slots.begin(seen)
    else:
        write_pin(folder, trusted, seen)
    return here
