"""See whether the vault holds what its signed notes say and, with an identity, whether it opens.

Every statement is matched against the objects and every object against the statements. What this cannot see is
in docs/explanation/threat-model.md: a whole vault put back to an earlier time that no station remembers beyond,
and what a compromised station itself signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from imgfile import sealing
from imgfile.errors import Damaged, WrongKey
from imgfile.vault import layout, manifest
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Kind
from imgfile.vault.checks.patients import Filed, check_patients
from imgfile.vault.checks.practice import check_practice
from imgfile.vault.checks.trails import check_trails
from imgfile.vault.records import is_published, open_object, open_practice, patients, record_names


def verify(vault: Vault, *, on_record: Callable[[], None] = lambda: None) -> Iterator[Finding]:
    """Yield everything that does not match, without any private key."""
    filed = Filed()
    yield from check_practice(vault)
    yield from check_patients(vault, filed, on_record)
    yield from check_trails(vault, filed)


def verify_openings(
    vault: Vault, identities: Sequence[sealing.Identity], *, on_record: Callable[[], None] = lambda: None
) -> Iterator[Finding]:
    """Open every object of every record, and compare it with its sealed facts. Raises `WrongKey`."""
    practice, _ = open_practice(vault, identities)
    for folder in patients(vault):
        for record in record_names(vault, folder):
            if not is_published(vault, folder, record):
                continue
            try:
                _open(vault, manifest.load(vault, folder, record), practice)
            except (Damaged, WrongKey) as error:
                yield Finding(Kind.DAMAGED, layout.record(folder, record), error.message)
            on_record()
