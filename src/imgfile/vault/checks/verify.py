"""Whether the vault holds what its signed notes say and, with an identity, whether it opens.

Every statement is matched against the objects and every object against the statements. What this cannot see is
in docs/explanation/threat-model.md: a whole vault put back to an earlier time that no station remembers beyond,
and what a compromised station itself signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from imgfile.clinical.proofs import RecordId
from imgfile.errors import Closed, Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.closed_generations import check_closed_generations
from imgfile.vault.checks.findings import Finding, Found, Kind, caught, settled
from imgfile.vault.checks.inbox import check_inbox
from imgfile.vault.checks.keys_folder import check_keys_folder
from imgfile.vault.checks.origins import check_origins
from imgfile.vault.checks.patients import Filed, check_inbox_reasons, check_patients
from imgfile.vault.checks.practice import check_practice
from imgfile.vault.checks.proposals import check_proposals
from imgfile.vault.checks.trails import check_trails
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life import gone
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.life.early_end import Bar, follows_of
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.open import open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, patients, record_names
from imgfile.vault.records.open import open_every_sibling


def verify(vault: Vault, *, on_record: Callable[[], None] = lambda: None) -> Iterator[Finding]:
    """Yield everything that does not match, without any private key.

    While others file, a record may stand there before its entry, and an entry before this looked at its record: what
    they may undo is looked at again at the end.
    """
    yield from settled(_everything(vault, on_record))


def _everything(vault: Vault, on_record: Callable[[], None]) -> Iterator[Found]:
    yield from check_keys_folder(vault, _all_parts(vault, on_record))


def _all_parts(vault: Vault, on_record: Callable[[], None]) -> Iterator[Found]:
    filed = Filed()
    yield from caught(layout.ROSTER, check_practice(vault, filed.history))
    yield from caught(layout.PATIENTS, check_patients(vault, filed, on_record))
    yield from caught(layout.PATIENTS, check_origins(vault, filed.lived))
    yield from caught(layout.PROPOSALS, check_proposals(vault, filed.lived))
    yield from caught(layout.INBOX, check_inbox_reasons(vault, filed))
    yield from caught(layout.INBOX, check_inbox(vault, filed.lived, filed.keys, filed.history))
    yield from caught(layout.AUDIT, check_trails(vault, filed))
    yield from caught(layout.ROSTER, check_closed_generations(vault))


def verify_openings(
    vault: Vault,
    practice: PracticeKeys,
    *,
    on_record: Callable[[], None] = lambda: None,
    on_gone: Callable[[], None] = lambda: None,
) -> Iterator[Finding]:
    """Open every object of every record as `show`, `view` and `export` do; yield what is not what was filed.

    One that is gone is not opened, but for what the tombstone of a moved one keeps, and is told by `on_gone` besides.
    A record that is closed to whoever's keys these are is named as that: what it holds was not seen.
    """
    for folder in patients(vault):
        withdrawn: dict[RecordId, datetime] = {}
        followed: dict[RecordId, datetime] = {}
        for record in record_names(vault, folder):
            if not is_published(vault, folder, record):
                continue
            try:
                stated = manifest.load(vault, folder, record)
                tombstone = None if vault.roster.is_format_1 else gone.load(vault, folder, record)
                if tombstone is None:
                    opened = open_record(vault, stated, practice)
                    open_every_sibling(vault, opened.filed, practice)
                    followed |= dict.fromkeys(follows_of(opened), stated.filed_at)
                else:
                    on_gone()
                    withdrawn |= {record: tombstone.at} if tombstone.how is How.WITHDRAWN else {}
                    _open_kept(vault, tombstone, practice)
            except Damaged as error:
                yield Finding(Kind.DAMAGED, layout.record(folder, record), error.message)
            except Closed as error:
                yield Finding(Kind.CLOSED, layout.record(folder, record), error.message)
            on_record()
        for record, at in withdrawn.items():
            if record in followed and followed[record] <= at:
                message = f"One person destroyed it, though {Bar.FOLLOWED} (R24)."
                yield Finding(Kind.DAMAGED, layout.tombstone(folder, record), message)


def _open_kept(vault: Vault, of: Gone, practice: PracticeKeys) -> None:
    """Open the answers that a moved record's tombstone keeps, unless their loss was accepted. Raises `Damaged`."""
    if of.sealed is not None and of.sealed.digest not in vault.roster.accepted:
        open_old_answers(vault, of, practice)
