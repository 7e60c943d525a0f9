"""The configuration file: where the vault is, and how results are printed. Never an answer.

A TOML file at `state.config_file()` (docs/reference/environment.md):

    vault = "/srv/clinical-photos"    # as --vault
    json = true                       # as --json
    quiet = true                      # as --quiet

A flag wins over an IMGFILE_ variable, a variable over this file, this file over the default. Any other key is
refused: a patient's number or a consent that stands in a file would be filed with photos it was never given for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final

from imgfile import state
from imgfile.errors import UsageError

KEYS: Final = {"vault": str, "json": bool, "quiet": bool}
FILE_MAX_BYTES: Final = 64 << 10
"""A thousand times what three keys need."""

_KINDS: Final = {str: "a text in quotes", bool: "true or false"}


class Settings(Mapping[str, object]):
    """What the configuration file says, as Typer's `default_map`; read only when a command looks something up."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def __getitem__(self, key: str) -> object:
        if key not in KEYS:
            raise KeyError(key)
        return self._loaded[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    @cached_property
    def _loaded(self) -> dict[str, object]:
        return load(self._path or state.config_file())


def load(path: Path) -> dict[str, object]:
    """Read a configuration file; one that does not exist says nothing. Raises `UsageError`, naming the key."""
    facts = _parse(path)
    for key, value in facts.items():
        if key not in KEYS:
            raise UsageError(
                f"{path} has the key {key}. It may set only {', '.join(KEYS)}, and never an answer.",
                "Delete that line.",
            )
        if type(value) is not KEYS[key]:
            raise UsageError(f"{path}: {key} is not {_KINDS[KEYS[key]]}.", "Correct that line.")
    if "vault" in facts:
        facts["vault"] = str(_vault(path, str(facts["vault"])))
    return facts


def _parse(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_MAX_BYTES + 1)
        if len(data) > FILE_MAX_BYTES:
            raise UsageError(f"{path} is larger than {FILE_MAX_BYTES:,} bytes.", "Is it imgfile's configuration?")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    import tomllib  # noqa: PLC0415 - most people have no configuration file

    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not a TOML file.", "Correct it, or delete it.") from error


def _vault(path: Path, named: str) -> Path:
    """Return a whole path, or a vault's name or id; a path that hangs on where one stands is refused."""
    folder = Path(named.partition("\0")[0]).expanduser()  # no system takes a NUL in a path
    if "\0" in named or (not folder.is_absolute() and (len(folder.parts) != 1 or named != folder.name)):
        raise UsageError(f"{path}: vault is not a whole path.", "Begin it with / or a drive, or with ~; or name it.")
    return folder
