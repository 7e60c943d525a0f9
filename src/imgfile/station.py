"""This machine's own state: which vaults it trusts, its keys, its pending notes, its lock.

A station is one account on one machine. Nothing here opens a record: the signing key states, the station
identity opens one file, the pseudonym key. The state is private (0600 in 0700) and never shared; losing it
loses no photo.

    <state>/vaults/<vault>/pin.json       which roster this station trusts, and where the vault's folder is
                           signing.key    64 bytes, base64
                           station.txt    an age identity file: opens keys/stations/<station>.age alone
                           identity.age   a clinician's identity, sealed with a passphrase (where init ran)
                           trail.json     the newest notes of the audit trails, as last seen
                           pending/       erasures that are not finished
                           filed          a line a photo that was filed here: keyed marks and digests alone
                           lock
    <state>/founding/<digest>.json        an init that is not finished
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile import canonical_json, files, notes
from imgfile.errors import Busy, Damaged, NotWritable
from imgfile.frozen import dataclass

if TYPE_CHECKING:
    from imgfile.notes import Body

STATE_VARIABLE: Final = "IMGFILE_STATE"
LOCK_TIMEOUT_SECONDS: Final = 120
"""Eight people filing at once on one account wait for one another; a batch holds the lock a photo at a time."""
MAX_FILED_BYTES: Final = 8 << 20
"""The lines about what was filed here are kept far below; of a longer file the newest are read."""


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

    def to_json(self) -> Body:
        """Return what pin.json holds."""
        return {
            "vault": self.vault,
            "folder": os.fsencode(self.folder).hex(),  # a path need not be text
            "first": self.first_digest,
            "highest": self.highest,
            "digest": self.highest_digest,
            "station": self.station,
        }

    @classmethod
    def from_json(cls, facts: Body) -> Pin:
        """Read what pin.json holds. Raises KeyError, TypeError or ValueError."""
        return cls(
            vault=facts["vault"],
            folder=Path(os.fsdecode(bytes.fromhex(facts["folder"]))),
            first_digest=facts["first"],
            highest=facts["highest"],
            highest_digest=facts["digest"],
            station=facts["station"],
        )


class Station:
    """This machine in one vault. Secrets are read when first used and appear in no repr."""

    def __init__(self, pin: Pin) -> None:
        self.pin = pin

    def __repr__(self) -> str:
        return f"Station({self.pin.station!r} in {self.pin.vault!r})"

    @property
    def folder(self) -> Path:
        """Where this vault's part of the state lies."""
        return _vault_state(self.pin.vault)

    @property
    def identity_file(self) -> Path:
        """Where init leaves the first clinician's identity, sealed with their passphrase."""
        return self.folder / "identity.age"

    @cached_property
    def signing_key(self) -> notes.SigningKey:
        """The key that signs this station's manifests and audit trail. Raises `Damaged`."""
        try:
            secret = base64.b64decode((self.folder / "signing.key").read_bytes(), validate=True)
        except (OSError, ValueError) as error:
            raise _lost("signing key") from error
        return notes.SigningKey(self.pin.station, secret)

    @cached_property
    def identity(self) -> bytes:
        """The age identity file that opens this station's pseudonym key. Raises `Damaged`."""
        try:
            return (self.folder / "station.txt").read_bytes()
        except OSError as error:
            raise _lost("identity") from error

    def raise_pin(self, number: int, digest: str) -> None:
        """Remember a newer roster, so that an older one is refused from now on; never one older than is remembered."""
        path = self.folder / "pin.json"
        kept = _read_pin(path)  # another imgfile may have seen a newer one since this one began
        self.pin = replace(kept, highest=number, highest_digest=digest) if number > kept.highest else kept
        _write_json(path, self.pin.to_json())

    def seen_heads(self) -> dict[str, tuple[int, str]]:
        """Return the newest note, number and digest, of each station's trail as last seen; {} at first.

        A power cut may have left the memory empty or all zeros, for it is not synced: then the trails are walked from
        their start.
        """
        path = self.folder / "trail.json"
        try:
            data = path.read_bytes() if path.exists() else b""
            heads = _parse_json(data) if data.strip(b"\0") else {}
        except (OSError, ValueError) as error:
            raise _lost("memory of the audit trails") from error
        return {name: (number, digest) for name, (number, digest) in heads.items()}

    def remember_heads(self, heads: dict[str, tuple[int, str]]) -> None:
        """Remember how far each trail had come, so that a shortened one is noticed."""
        heads_as_json = canonical_json.encode({name: list(head) for name, head in heads.items()})
        files.replace(self.folder / "trail.json", heads_as_json, is_durable=False)

    @contextlib.contextmanager
    def locked(self, patience_seconds: float = LOCK_TIMEOUT_SECONDS) -> Iterator[None]:
        """Be the only imgfile of this account that writes to this vault.

        Raises `Busy` after two minutes, or as long as one is ready to wait; `NotWritable`.
        """
        from imgfile.process_lock import StillLocked, locked  # noqa: PLC0415 - only writers need it

        path = self.folder / "lock"
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(locked(path, patience_seconds=patience_seconds))
            except StillLocked as error:
                raise Busy(
                    "another imgfile on this computer is filing.", "Wait until it is done, then try again."
                ) from error
            except OSError as error:
                raise NotWritable(f"{path} cannot be had: {error.strerror}.", "Check this disk.") from error
            yield

    # --- what was filed here (acts/ingest/already_filed.py) ------------------------------------------------

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


def known_vaults() -> list[Pin]:
    """Return the vaults that this station trusts, in the order of their ids. Raises `Damaged`."""
    folders = sorted(_entries(state_folder() / "vaults"))
    return [_read_pin(path) for folder in folders for path in _entries(folder) if path.name == "pin.json"]


def store_keys(vault: str, signing_key: notes.SigningKey, identity: bytes) -> None:
    """Store this machine's keys for a vault; without a pin they mean nothing yet. Raises `NotWritable`."""
    folder = _vault_state(vault)
    files.make_folder(folder)
    files.replace(folder / "signing.key", base64.b64encode(signing_key.secret))
    files.replace(folder / "station.txt", identity)


def store_identity(vault: str, sealed: bytes) -> Path:
    """Keep a person's passphrase-sealed identity on this computer; return where. Raises `NotWritable`."""
    path = _vault_state(vault) / "identity.age"
    files.make_folder(path.parent)
    files.replace(path, sealed)
    return path


def pin(trusted: Pin) -> Station:
    """Trust a vault from now on. Raises `NotWritable`."""
    folder = _vault_state(trusted.vault)
    files.make_folder(folder)
    _write_json(folder / "pin.json", trusted.to_json())
    return Station(trusted)


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

    def write(self, vault: str) -> None:
        """Remember, durably, that this vault is being founded."""
        files.make_folder(self.path.parent)
        _write_json(self.path, {"vault": vault})

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


def _vault_state(vault: str) -> Path:
    return state_folder() / "vaults" / vault


def _read_pin(path: Path) -> Pin:
    try:
        return Pin.from_json(_parse_json(path.read_bytes()))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise _lost("pin") from error


def _parse_json(data: bytes) -> Body:
    return canonical_json.decode(data, limit=notes.MAX_NOTE_BYTES)


def _write_json(path: Path, facts: Body) -> None:
    files.replace(path, canonical_json.encode(facts))


def _lost(what: str) -> Damaged:
    return Damaged(
        f"this computer's own {what} is missing or damaged.",
        f"No record is affected. Restore {state_folder()} from a backup.",
    )
