"""The folder that a vault's keys have to themselves: there, the one that the roster names, and the only one.

1. Its marker is the one whose digest the roster states, and an administrator signed it.
2. The vault's own folder holds no `keys`: nothing reads what somebody puts there, and a person may take it for them.
3. Where the folder is away or another one, that is one finding, and not one for each key that cannot be reached.

Of a copy of the folder that is older than the vault, the keys that it lacks are found one by one. A key that is there
although its thing is not is `unfinished`, as after a run that died.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from imgfile import notes
from imgfile.errors import Damaged, NotWritable
from imgfile.notes import PublicKeys
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Doubt, Finding, Found, Kind, caught
from imgfile.vault.store.keys_root import KIND

_MARKER = f"{layout.KEYS}/{layout.ROOT_NOTE}"


def check_keys_folder(vault: Vault, others: Iterable[Found]) -> Iterator[Found]:
    """Check the keys' own folder, where they have one, and yield what is found elsewhere, as far as it can be seen."""
    if vault.store.keys is None:
        yield from others
        return
    flaw = _flaw(vault)
    if flaw is not None:
        yield flaw
        yield from (each for each in others if not _is_of_keys(each))
    else:
        yield from caught(_MARKER, _check_marker(vault))
        yield from others
    yield from caught("", _check_planted(vault))


def _flaw(vault: Vault) -> Finding | None:
    """Return why the keys cannot be reached; None where they can."""
    try:
        vault.store.expect_keys()
    except NotWritable as error:
        return Finding(Kind.MISSING, layout.KEYS, f"The keys are away: {error.message}")
    except Damaged as error:
        return Finding(Kind.DAMAGED, layout.KEYS, f"The keys are another vault's: {error.message}")
    return None


def _check_marker(vault: Vault) -> Iterator[Found]:
    """See that whoever signed the marker administered then: the roster names its text, which has no signatures."""
    signers: dict[str, PublicKeys] = {}
    for roster in vault.rosters():
        signers |= roster.administrators
    notes.verified_note(vault.store.read(_MARKER), signers, kind=KIND, vault=vault.id)
    yield from ()  # a generator, so that it is `caught` that runs it


def _check_planted(vault: Vault) -> Iterator[Found]:
    if layout.KEYS in {*vault.store.names("")}:
        message = f"The vault's keys lie in {vault.store.keys_place or 'a folder of their own'}: nothing reads these."
        yield Finding(Kind.UNEXPECTED, layout.KEYS, message)


def _is_of_keys(found: Found) -> bool:
    where = found.finding.where if isinstance(found, Doubt) else found.where
    return f"{where}/".startswith(f"{layout.KEYS}/")
