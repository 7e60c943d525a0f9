"""What is damaged, missing or forged in a vault, as `verify` and `audit` report it."""

from __future__ import annotations

import re
from typing import Final

from imgfile.acts.disclosure.of_patient import Unopened
from imgfile.clinical.proofs import RecordId
from imgfile.counts import counted
from imgfile.errors import Closed, Damaged
from imgfile.vault import layout
from imgfile.vault.checks.findings import Finding

MAX_RECORDS_NAMED: Final = 10
CLOSED_HINT: Final = "That is no damage. Whoever is listed today opens all:  imgfile people list"
_RECORD: Final = re.compile(r"(?:patients/[0-9a-f]{32}/)?(?P<record>[0-9a-f]{32})(?:/.*)?")
"""A record's folder, or what lies in it; of a record that is not there, its name alone."""


def record_of(where: str) -> str | None:
    """Return the reference of the record that a place in the vault belongs to; None where it is of no record."""
    found = _RECORD.fullmatch(where)
    return layout.reference(RecordId(found["record"])) if found else None


def name_records(damaged: list[str]) -> str:
    """Name the damaged records as people call them, for what lies in a vault has other names."""
    first = ", ".join(damaged[:MAX_RECORDS_NAMED])
    more = f" and {len(damaged) - MAX_RECORDS_NAMED:,} more" if len(damaged) > MAX_RECORDS_NAMED else ""
    return f"{'record' if len(damaged) == 1 else 'records'} {first}{more}"


def finding_facts(finding: Finding) -> dict[str, object]:
    """Return a finding for a script (docs/reference/json.md)."""
    reference = record_of(finding.where)
    return {
        "type": "finding",
        "kind": finding.kind.value,
        "weight": finding.kind.weight.value,
        "is_damage": finding.kind.is_damage,
        "where": finding.where,
        **({"record": reference} if reference else {}),
        "message": finding.message,
    }


def unopened_facts(unopened: Unopened) -> dict[str, object]:
    """Return for a script that a record does not open, and whether that is damage."""
    named = {"record": unopened.reference} if unopened.reference else {}
    return {"type": "unopened", **named, "slug": unopened.error.slug, "message": unopened.message}


def closed_words(count: int) -> str:
    """Return how many records were not opened, and why."""
    return f"{counted(count, 'record is', 'records are')} closed to this identity"


def refuse_closed(count: int) -> None:
    """End with exit code 12 if anything is closed to whoever looks. Raises `Closed`."""
    if count:
        raise Closed(f"{closed_words(count)}, and {'was' if count == 1 else 'were'} not opened.", CLOSED_HINT)


def refuse_damage(count: int) -> None:
    """End with exit code 16 if anything is damaged. Raises `Damaged`."""
    if count:
        what = counted(count, "thing is", "things are")
        raise Damaged(f"{what} damaged, missing or forged.", "File nothing until you know why; keep your backups.")
