"""What is seen to before a person states something of a record, and before anything is asked."""

from __future__ import annotations

from imgfile.acts.disclosure.open import expect_looking
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.vault.access import Vault


def expect_stating(vault: Vault) -> None:
    """See that persons may state things of records at this computer.

    Raises `UsageError` for format 1, `Damaged` where this computer lost its memory of the vault, `RefusedByRule` at
    reception (R26), `NoVault` where this computer is not enrolled.
    """
    expect_format_2(vault)
    vault.station.require_memory()
    expect_looking(vault)
    vault.enrolled()
