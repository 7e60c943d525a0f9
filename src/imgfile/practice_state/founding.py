"""An init that is not finished: this account's own memory of it, so that a re-run may continue or clear it.

<state>/founding/<digest of the vault's folder>.json
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from imgfile import files
from imgfile.frozen import dataclass
from imgfile.state import hex_of, lost, parse_json, path_of, state_folder, write_json


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
            return str(parse_json(self.path.read_bytes())["vault"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError) as error:
            raise lost("note of an unfinished init") from error

    def keys(self) -> Path | None:
        """Return the folder of their own that the keys were to have; None where they were to lie with the rest."""
        if self.vault() is None:
            return None
        try:
            spelled = parse_json(self.path.read_bytes()).get("keys")
            return None if spelled is None else path_of(spelled)
        except (OSError, TypeError, ValueError) as error:
            raise lost("note of an unfinished init") from error

    def write(self, vault: str, keys: Path | None = None) -> None:
        """Remember, durably, that this vault is being founded, and where its keys go if not with the rest."""
        files.make_folder(self.path.parent)
        write_json(self.path, {"vault": vault} if keys is None else {"vault": vault, "keys": hex_of(keys)})

    def drop(self) -> None:
        """Forget it: the vault is founded and pinned."""
        files.unlink(self.path)
