"""`imgfile destroy approve [ID]`: destroy what another person proposed, as the second of two (R18).

The second person's identity never comes from the keyring: whoever is logged in here would else be both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile import staging
from imgfile.acts.disclosure.export import check_target
from imgfile.acts.life import destroy
from imgfile.acts.life.certificate import certificate
from imgfile.acts.life.destroy import Destroyed, Pending
from imgfile.acts.life.person import Actor, admit_person
from imgfile.cli.acting.sitting_here import expect_role_here, expect_stating, sitting_here
from imgfile.cli.formats import show_local_moment
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.destruction import record_lines
from imgfile.cli.purpose import about, refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.record.model import Record
from imgfile.errors import AnswerInvalid, NotWritable, Problem, RefusedByRule, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life.history import History
from imgfile.vault.life.proposals import MAY_PROPOSE

_WHICH: Final = "Which (its reference, q quit):"
_DIGITS: Final = "Last four digits of the patient number to destroy (q quit):"
_EXPLAINED: Final = Explanation("A proposal by its reference, or its first 4 characters.", "The second person.", "7f3k")
_EXPLAINED_DIGITS: Final = Explanation(
    "The keys of what is above are removed for good: no key of the practice opens it afterwards. Backups that were "
    "made before still do.",
    "The second person.",
    "0018",
)

ProposalArgument = Annotated[
    str | None, typer.Argument(metavar="PROPOSAL", help="Its reference, or its first 4 characters.", show_default=False)
]
CertificateOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the certificate to a new file.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("approve", help="Destroy what another person proposed, with your own identity.")(approve)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def approve(
    *,
    proposal: ProposalArgument = None,
    vault: Vault,
    output: CertificateOption = None,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Show what goes, have the digits typed, and destroy it."""
    expect_stating(vault)
    if output is not None:
        check_target(vault, output)
    own = identities.without_keyring()
    expect_role_here(vault, own, MAY_PROPOSE, "approve that a record is destroyed")
    pending = _pending(vault, proposal, terminal)
    records = destroy.records_of(vault, pending)
    standing = [each for each in records if not each.is_over]
    if standing:
        _expect_another(vault, pending, own)
    if standing and not terminal.can_ask:
        digits = Problem("digits", "the last four digits of the patient number", "are missing", is_missing=True)
        raise AnswerInvalid.of([digits], "They are typed at a terminal, by whoever approves: no flag stands for them.")
    refuse([own.problem()], "destroy approve")
    if terminal.can_ask:
        asking.show(terminal, _described(vault, pending, records))
    by = admit_person(vault, own.unlock(), MAY_PROPOSE, "approve that a record is destroyed")
    if standing:
        destroy.expect_second(vault, pending, by)
        _confirm(vault, pending, standing, by, terminal)
    done = destroy.approve(vault, pending, by, at=datetime.now(UTC))
    _report(vault, done, output, terminal)


def _pending(vault: Vault, given: str | None, terminal: Terminal) -> Pending:
    found = destroy.proposed(vault)
    if given is not None:
        return destroy.find(found, given)
    unfinished = [each for each in found if isinstance(each, Pending) and each.is_waiting]
    if not unfinished:
        destroy.expect_sound(found)
        raise UsageError("nothing is proposed to be destroyed.", "imgfile destroy propose RECORD")
    if len(unfinished) == 1:
        return unfinished[0]
    if not terminal.can_ask:
        refuse([Problem("proposal", "PROPOSAL", "is missing", is_missing=True)], "destroy approve")
    for each in unfinished:
        asking.show(terminal, [f"{each.reference}  {_proposed(vault, each)}"])
    while True:
        try:
            return destroy.find(unfinished, asking.answer(terminal, _WHICH, _EXPLAINED))
        except UsageError as error:
            asking.show(terminal, [error.message])


def _expect_another(vault: Vault, pending: Pending, own: Identities) -> None:
    """Refuse whoever proposed it before a passphrase is typed, where this computer keeps nobody else's identity."""
    here = sitting_here(vault, own)
    proposer = vault.roster.person(pending.first.signer.name)
    if len(pending.signed) == 1 and here is not None and proposer is not None and here.who == proposer.who:
        raise RefusedByRule(
            "R18",
            f"{proposer.title} proposed it, and another person approves it.",
            "Nothing was changed. At their own computer, or here with --identity-file FILE.",
        )


def _proposed(vault: Vault, pending: Pending) -> str:
    first = pending.first
    return f"proposed {show_local_moment(first.made)} by {vault.roster.title_of(first.signer.name)}"


def _described(vault: Vault, pending: Pending, records: Sequence[History]) -> list[str]:
    return [
        f"{pending.reference}, {_proposed(vault, pending)}. To be destroyed:",
        *record_lines(vault, [each.manifest for each in records]),
    ]


def _confirm(vault: Vault, pending: Pending, standing: Sequence[History], by: Actor, terminal: Terminal) -> None:
    """Show whose photos go, and why, and have the patient's digits typed."""
    from imgfile.vault.trail.reasons import open_reason  # noqa: PLC0415 - see above

    facts = [_facts(vault, each, by) for each in standing]
    reason = open_reason(vault, pending.first.folder, pending.first.body["reason"], by.practice)
    lines = [f"  {each.manifest.reference}  {about(one)}" for each, one in zip(standing, facts, strict=True)]
    asking.show(terminal, [*lines, f"Why: {reason}"])
    while asking.answer(terminal, _DIGITS, _EXPLAINED_DIGITS).strip() != facts[0].patient.last_four:
        asking.show(terminal, ["That is not how the number ends; q quits."])


def _facts(vault: Vault, of: History, by: Actor) -> Record:
    """Return what a record says now; of what a moved one kept, what it said as filed."""
    from imgfile.vault.life.open import open_record  # noqa: PLC0415 - behind the passphrase, both
    from imgfile.vault.records.open import open_facts  # noqa: PLC0415

    if of.gone is None:
        return open_record(vault, of.manifest, by.practice).facts
    return open_facts(vault, of.manifest, by.practice).facts


def _report(vault: Vault, done: Destroyed, output: Path | None, terminal: Terminal) -> None:
    text = certificate(vault, done)
    references = [each.manifest.reference for each in done.records]
    if terminal.is_json:
        terminal.data(
            {
                "type": "destroyed",
                "proposal": done.pending.reference,
                "records": references,
                "certificate": text,
                "shared_key": [each.reference for each in done.kept],
            }
        )
    elif output is None:
        terminal.page(text)
    if output is not None:
        _write(output, text, done)
    terminal.say(f"Destroyed {' '.join(references)}. Backups that were made before still open what they hold of it.")
    if output is not None:
        terminal.say(f"Wrote the certificate: {output}.")
    if done.kept:
        terminal.warn(
            "their key of format 1 stays, since other photos of this patient open with it: see the certificate."
        )


def _write(output: Path, text: str, done: Destroyed) -> None:
    try:
        staging.publish(output, text.encode(), "certificate")
    except NotWritable as error:
        raise NotWritable(
            error.message, f"It is destroyed. The certificate again:  imgfile destroy approve {done.pending.reference}"
        ) from error
