"""What is damaged, missing or forged in a vault, as `verify` and `audit` report it."""

from __future__ import annotations

from imgfile.errors import Damaged
from imgfile.vault.checks.findings import Finding


def finding_facts(finding: Finding) -> dict[str, object]:
    """Return a finding for a script (docs/reference/json.md)."""
    return {
        "type": "finding",
        "kind": finding.kind.value,
        "weight": finding.kind.weight.value,
        "is_damage": finding.kind.is_damage,
        "where": finding.where,
        "message": finding.message,
    }


def refuse_damage(count: int) -> None:
    """End with exit code 16 if anything is damaged. Raises `Damaged`."""
    if count:
        what = "1 thing is" if count == 1 else f"{count} things are"
        raise Damaged(f"{what} damaged, missing or forged.", "File nothing until you know why; keep your backups.")
