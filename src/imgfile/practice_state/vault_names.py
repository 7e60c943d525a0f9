"""What this account calls the vaults that it knows, and which one it means without saying so.

Both are convenience: kept in the state, beside each vault's pin and above them, and nothing in a vault depends on them.
One that cannot be read counts as none.

    <state>/vaults/<vault>/name     UTF-8, one line
    <state>/default                 the id of the vault that commands mean without --vault
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.errors import AnswerInvalid
from imgfile.state import Pin, read_kept, state_folder, vault_state

SHORT_ID_DIGITS: Final = 8
"""So many hex digits of an id are shown; of a few vaults, they tell them apart."""
LEAST_ID_DIGITS: Final = 4
MAX_NAME_LENGTH: Final = 40
_MAX_BYTES: Final = 1 << 10
_ID: Final = re.compile(rf"[0-9a-f]{{{LEAST_ID_DIGITS},32}}")
_NAME: Final = re.compile(r"[^\W_](?:[\w .-]*[\w.])?")


def name_of(vault: str) -> str:
    """Return what a vault is called here; "" for none."""
    return _read(_named(vault))


def default_vault() -> str:
    """Return the id of the vault that is meant without --vault; "" for none."""
    return _read(state_folder() / "default")


def named(pins: Iterable[Pin], word: str) -> list[Pin]:
    """Return the vault that is called so: none or one."""
    wanted = _spelt(word)
    return [pin for pin in pins if wanted and _spelt(name_of(pin.vault)) == wanted]


def beginning(pins: Iterable[Pin], word: str) -> list[Pin]:
    """Return the vaults whose ids begin so; none for fewer than four digits."""
    return [pin for pin in pins if _ID.fullmatch(word.casefold()) and pin.vault.startswith(word.casefold())]


def name(pin: Pin, word: str, known: Iterable[Pin]) -> None:
    """Call a vault by a name from now on, or by none. Raises `AnswerInvalid`, `NotWritable`."""
    word = unicodedata.normalize("NFC", word.strip())
    if not word:
        _forget(_named(pin.vault))
        return
    if len(word) > MAX_NAME_LENGTH or not _NAME.fullmatch(word) or _ID.fullmatch(word.casefold()):
        raise AnswerInvalid(
            "that cannot be a vault's name.",
            f"Letters, digits, blanks, dots and hyphens, at most {MAX_NAME_LENGTH}; and not what an id looks like.",
        )
    if any(_spelt(name_of(other.vault)) == _spelt(word) for other in known if other.vault != pin.vault):
        raise AnswerInvalid(f"another vault is called {word} already.", "imgfile vault list shows all names.")
    files.replace(_named(pin.vault), f"{word}\n".encode())


def choose_default(pin: Pin) -> None:
    """Mean this vault where none is named. Raises `NotWritable`."""
    files.replace(state_folder() / "default", f"{pin.vault}\n".encode("ascii"))


def _named(vault: str) -> Path:
    return vault_state(vault) / "name"


def _read(path: Path) -> str:
    try:
        return read_kept(path, _MAX_BYTES).decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""


def _forget(path: Path) -> None:
    if path.exists():
        files.unlink(path)


def _spelt(word: str) -> str:
    return unicodedata.normalize("NFC", word.strip()).casefold()
