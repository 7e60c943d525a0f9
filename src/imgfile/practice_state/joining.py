"""What this computer remembers of joining: its own request, until it is approved; approvals that it has begun.

Both are durable before what they speak of is written into a vault, so that a run that died is gone on with: the same
keys, the same files. They hold no secret that lies open elsewhere: the asking person's keys are sealed.

    <state>/vaults/<vault>/joining.json            this computer's own request, and what it wrote
    <state>/vaults/<vault>/approving/<id>.json     of an approval: name in the vault → SHA-256 of what is written there
"""

from __future__ import annotations

import base64
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile import canonical_json, files
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field
from imgfile.state import hex_of, path_of, state_folder, vault_state

if TYPE_CHECKING:
    from imgfile.notes import Body

_MAX_BYTES: Final = 256 << 10
_AGAIN: Final = "Ask anew:  imgfile join FOLDER --again"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that this computer made: where its files go in the vault, and what they hold."""

    vault: str
    first_digest: str
    """Digest of roster 1, whose words a person typed."""
    request: bytes = field(repr=False)
    """The request's file."""
    signer: bytes = field(repr=False, default=b"")
    """The credential's signing key, sealed to itself, as it lies in the vault; empty where there is no credential."""
    identity: bytes = field(repr=False, default=b"")
    """A further identity of somebody who is in already, sealed with its passphrase; it takes the place of the one that
    this computer keeps when it is approved."""
    keys: Path | None = None
    """Where the vault's keys are, if they have a folder of their own."""
    folder: str = ""
    """Where the vault lay when it was asked; "" where an earlier imgfile asked."""

    @property
    def place(self) -> Path | None:
        """The same as a path, to be typed again; None where it is not known."""
        return Path(self.folder) if self.folder else None

    def keep(self) -> None:
        """Remember it durably. Raises `NotWritable`."""
        path = _asked(self.vault)
        files.make_folder(path.parent)
        facts: Body = {
            "first": self.first_digest,
            "request": base64.b64encode(self.request).decode("ascii"),
            "signer": base64.b64encode(self.signer).decode("ascii"),
            "identity": base64.b64encode(self.identity).decode("ascii"),
            **({} if self.keys is None else {"keys": hex_of(self.keys)}),
            **({"folder": hex_of(Path(self.folder))} if self.folder else {}),
        }
        files.replace(path, canonical_json.encode(facts))

    @classmethod
    def of(cls, vault: str) -> Asked | None:
        """Return what this computer asked of a vault and is not approved yet; None for nothing. Raises `Damaged`."""
        try:
            facts = canonical_json.decode(_asked(vault).read_bytes(), limit=_MAX_BYTES)
            request, signer, identity = (_decoded(facts[name]) for name in ("request", "signer", "identity"))
            keys, folder = (path_of(str(facts[name])) if name in facts else None for name in ("keys", "folder"))
            return cls(vault, str(facts["first"]), request, signer, identity, keys, str(folder or ""))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged("this computer's own note of its request is damaged.", _AGAIN) from error

    def drop(self) -> None:
        """Forget it: this computer belongs to the vault."""
        forget_asked(self.vault)


def asked_of() -> list[Asked]:
    """Return what this computer asked of vaults, and is not approved yet; damaged notes are passed over."""
    found = []
    for vault in sorted(files.names_in(state_folder() / "vaults", limit=files.MOST_NAMES)):
        with contextlib.suppress(Damaged):
            found.append(Asked.of(vault))
    return [one for one in found if one is not None]


def forget_asked(vault: str) -> None:
    """Forget what was asked of a vault, if anything was. Raises `NotWritable`."""
    path = _asked(vault)
    if path.exists():
        with files.writing(path):
            files.unlink(path)


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that this computer has begun: what it writes into the vault before the roster names it."""

    path: Path

    @classmethod
    def of(cls, vault: str, request: str) -> Approval:
        """Return the note about a request's approval, whether or not it is there."""
        return cls(vault_state(vault) / "approving" / f"{request}.json")

    @property
    def is_begun(self) -> bool:
        """Whether this computer has begun to approve it, and not finished."""
        return self.path.exists()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of what this computer wrote, or was about to write, under a name; "" for nothing."""
        return str(self._facts().get(name, ""))

    def add(self, name: str, digest: str) -> None:
        """Remember, durably, what is about to be written under a name. Raises `NotWritable`."""
        files.make_folder(self.path.parent)
        files.replace(self.path, canonical_json.encode({**self._facts(), name: digest}))

    def drop(self) -> None:
        """Forget it: it is finished. One that cannot be removed just now changes nothing."""
        with contextlib.suppress(OSError):
            files.unlink(self.path)

    def _facts(self) -> Body:
        try:
            return canonical_json.decode(self.path.read_bytes(), limit=_MAX_BYTES)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Damaged(f"{self.path}, this computer's note of an approval, is damaged.", "Remove it.") from error


def _asked(vault: str) -> Path:
    return vault_state(vault) / "joining.json"


def _decoded(text: object) -> bytes:
    return base64.b64decode(str(text), validate=True)
