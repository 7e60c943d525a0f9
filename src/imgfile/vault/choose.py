"""Which of the vaults that this station trusts a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from imgfile import notes
from imgfile.errors import Damaged, NoVault, typed_folder
from imgfile.state import Pin
from imgfile.station import Station, known_vaults
from imgfile.vault import layout
from imgfile.vault.store.directory import Store

_CREATE_HINT = (
    "your practice has one already: imgfile join FOLDER\n"
    "this is the first computer:    imgfile init\n"
    "you hold its recovery key:     imgfile recover FOLDER"
)


def choose(named: Path | None) -> Station:
    """Return this station in the vault that is named: by its folder, its name or how its id begins.

    Without a name it is the only vault, or of several the default. Raises `NoVault` where that names none, or several.
    """
    return Station(choose_known(named))


def choose_known(named: Path | None, flag: str = "--vault ") -> Pin:
    """Return the pin of the vault that is named, as `choose` does; `flag` stands before its name where it is typed.

    Raises `NoVault`.
    """
    pins = usable_pins()
    if named is not None:
        return _only(_called(pins, named), pins, f"this computer has no pin for the vault {named}.", flag)
    return _only(_default(pins) or pins, pins, "this computer does not know a vault yet.", flag)


def _default(pins: Sequence[Pin]) -> list[Pin]:
    if len(pins) < 2:  # noqa: PLR2004 - there is nothing to choose
        return []
    from imgfile.practice_state import vault_names  # noqa: PLC0415 - most computers know one vault, here and below

    default = vault_names.default_vault()
    return [pin for pin in pins if pin.vault == default]


def usable_pins() -> list[Pin]:
    """Return the vaults that this computer knows, but for those that another was founded in the place of."""
    known = known_vaults()
    return [pin for pin in known if not _is_succeeded(pin, known)]


def _called(pins: Sequence[Pin], named: Path) -> list[Pin]:
    """Return the vaults that are meant: a name counts before a folder, a folder before the beginning of an id."""
    from imgfile.practice_state import vault_names  # noqa: PLC0415

    word = str(named)
    return (
        vault_names.named(pins, word)
        or [pin for pin in pins if _is_same_folder(pin.folder, named)]
        or vault_names.beginning(pins, word)
    )


def _only(found: Sequence[Pin], pins: Sequence[Pin], none: str, flag: str) -> Pin:
    if not found and not pins:
        _refuse_waiting()
    if not found:
        raise NoVault(none, _naming(pins, flag) if pins else _CREATE_HINT)
    if len(found) > 1:
        which = f"knows {len(found)} vaults" if len(found) == len(pins) else f"knows {len(found)} vaults of that name"
        raise NoVault(f"this computer {which}.", _naming(found, flag))
    return found[0]


def _refuse_waiting() -> None:
    """Refuse a computer that has asked to join, and waits. Raises `NoVault`."""
    from imgfile.practice_state.joining import asked_of  # noqa: PLC0415 - for a computer that knows no vault alone

    for asked in asked_of():
        folder = typed_folder(asked.place) if asked.place is not None else "FOLDER"
        raise NoVault(
            f"this computer asked to join{f' {asked.folder}' if asked.folder else ''}, and is not let in yet.",
            f"When an administrator has run imgfile people approve:  imgfile join {folder}",
        )


def _naming(pins: Sequence[Pin], flag: str) -> str:
    """Return a line for each vault, with the words that name it."""
    words = {pin.vault: _typed(pin) for pin in pins}
    width = max(map(len, words.values()))
    lines = [f"{flag}{words[pin.vault]:{width}}  {pin.folder}" for pin in pins]
    last = ["or choose one for good:  imgfile vault default VAULT"] if flag else []
    return "\n".join(["Name one:", *lines, *last])


def _typed(pin: Pin) -> str:
    from imgfile.practice_state import vault_names  # noqa: PLC0415

    name = vault_names.name_of(pin.vault)
    return f'"{name}"' if " " in name else name or pin.vault[: vault_names.SHORT_ID_DIGITS]


def _is_same_folder(one: Path, other: Path) -> bool:
    """Return whether two paths name one folder, however they are spelt; a share that is away has its path alone."""
    if one == other.absolute():
        return True
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # a configuration can hold what no path does
        return False


def _is_succeeded(pin: Pin, known: Sequence[Pin]) -> bool:
    """Return whether another vault was founded where this one had been: its own pin would never be of use there."""
    return any(one.folder == pin.folder and one.vault != pin.vault and _lies_there(one) for one in known)


def _lies_there(pin: Pin) -> bool:
    """Return whether a vault's folder holds that very vault: its roster 1 is the pinned one."""
    try:
        return notes.parse(Store(pin.folder).read(layout.roster(1))).digest == pin.first_digest
    except Damaged:
        return False
