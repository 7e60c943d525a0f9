"""`imgfile export RECORD... -o FILE|FOLDER|-`: take copies of photos out of the vault.

What is asked: which photos, where none is named; what for, and why and who gets them; the passphrase last. Behind it
the photos are judged, put together, entered in the audit trail and written, in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile.acts.disclosure import export as act
from imgfile.acts.disclosure.agreed import agreed_purposes, must_be_anonymous
from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.export import Request
from imgfile.acts.disclosure.handover.copies import Form
from imgfile.acts.disclosure.handover.page import import_ahead
from imgfile.acts.disclosure.open import Reader, admit
from imgfile.cli.acting.sitting_here import expect_disclosing, expect_open_here
from imgfile.cli.handover.handed import WhereOption, ask_where, hand_over_all
from imgfile.cli.handover.written import facts_lines, said_lines
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.leftovers import warn_leftovers
from imgfile.cli.life.on_hold import warn_on_hold
from imgfile.cli.options import OfPatientOption, RecordsArgument
from imgfile.cli.purpose import (
    ReasonOption,
    about,
    parse_purpose,
    problem_with,
    refuse,
    stated_purpose,
    stated_reason,
    stated_yes,
)
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.cli.which_records import UNNAMED, Wanted, open_wanted, wanted_records
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.permitted_uses import MAY_LEAVE_FOR, lacks_attestation
from imgfile.clinical.text import parse_line
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import AnswerInvalid, Problem, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord

_STDOUT: Final = "-"
_NOWHERE: Final = Problem("output", "--output", "is missing", is_missing=True)
_MEGA: Final = 1_000_000
_UNITS: Final = {"KB": 1_000, "MB": _MEGA, "KIB": 1 << 10, "MIB": 1 << 20, "K": 1_000, "M": _MEGA, "B": 1, "": 1}

CopyOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE|FOLDER",
        allow_dash=True,
        show_default=False,
        help="A new file, or a folder that is there; - is standard output, for one photo.",
    ),
]
FormOption = Annotated[
    Form,
    typer.Option(
        "--as",
        metavar="FORM",
        help="; ".join(f"{form}: {form.label}" for form in Form) + ".",
    ),
]
PurposeOption = Annotated[
    str | None, typer.Option("--purpose", metavar="PURPOSE", help=f"What for: {' | '.join(MAY_LEAVE_FOR)}")
]
MaxBytesOption = Annotated[
    str | None,
    typer.Option("--max-bytes", metavar="SIZE", help="Make the file no larger than this, such as 5MB for e-RS."),
]
NameOption = Annotated[
    bool, typer.Option("--name", help="Begin the files' names with the patient's number; entered in the audit trail.")
]
AnonymisedOption = Annotated[
    bool,
    typer.Option("--anonymised", help="For teaching and the like: you looked, and nobody can be recognised in it."),
]
_ANONYMOUS: Final = "Can anybody be recognised in it: face, tattoo, jewellery, room, writing? (y/n):"
_EXPLAINED: Final = Explanation(
    "Beyond care a photo leaves only where nobody can be recognised in it, unless the form says otherwise (R5). "
    "Nothing detects that: look at it first.",
    "Whoever takes the copy.",
    "n",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the options of this command alone say."""

    output: CopyOption = None
    record: RecordsArgument = None
    patient: OfPatientOption = None
    copy_form: FormOption = Form.ORIGINAL
    purpose: PurposeOption = None
    reason: ReasonOption = None
    max_bytes: MaxBytesOption = None
    name: NameOption = False
    anonymised: AnonymisedOption = False
    where: WhereOption = None

    @property
    def is_piped(self) -> bool:
        """Whether the photo goes to standard output."""
        return str(self.output) == _STDOUT

    @property
    def place(self) -> Path | None:
        """Where the copies go; None for standard output."""
        return None if self.is_piped else self.output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", help="Take copies of photos out of the vault. Entered in the audit trail.")(export)


@with_terminal("no_input", "json", "quiet")
@with_argument("given", Given)
@with_vault_and_identities
def export(*, given: Given, vault: Vault, identities: Identities, terminal: Terminal) -> None:
    """Judge what the copies are for, enter them in the trail, then write them."""
    _refuse_nonsense(given, terminal)
    expect_disclosing(vault)
    wanted = _expected(given, vault, identities, terminal)
    if given.output is None:
        given = replace(given, output=_asked_place(vault, given, len(wanted.records), terminal))
    if given.copy_form.is_document:
        import_ahead()
    purpose = stated_purpose(given.purpose, MAY_LEAVE_FOR, terminal, default=Purpose.OWN_CLINICAL_RECORD)
    reason = _reason(given, purpose, terminal)
    reader = admit(vault, identities.unlock())
    opened = open_wanted(vault, wanted, reader, terminal)
    _show(opened, wanted, terminal)
    warn_on_hold(vault, opened, terminal)
    _warn_unattested(opened, terminal)
    request = _judged(vault, opened, reader, _request(given, purpose, reason, terminal), terminal)
    if not reason and not act.is_words_alone(vault, opened, reader, request):
        request = _with_reason(request, opened, terminal)
    place = act.place_of(vault, given.place, given.copy_form, len(opened))
    together = act.export(vault, opened, reader, request, place)
    if place.path is None:
        terminal.raw(next(iter(together.files.values())))
        return
    written = act.write(together, place)
    for line in said_lines(vault, opened, together, written, request):
        terminal.say(line)
    where = _where(vault, given, purpose, terminal)
    handed = hand_over_all(vault, [each.manifest for each in opened], where) if where else []
    for facts in facts_lines(opened, together, written, request, handed) if terminal.is_json else ():
        terminal.data(facts)


def _expected(given: Given, vault: Vault, identities: Identities, terminal: Terminal) -> Wanted:
    """Return the records that are meant, once all that can be seen without a key is as it must be.

    Raises `AnswerInvalid` with everything that is missing or wrong, and as what it asks of the act.
    """
    named = given.record or ()
    if given.output is not None:
        act.place_of(vault, given.place, given.copy_form, max(len(named), 1))
        warn_leftovers(terminal, [given.output])
    problems = _problems(given, identities, terminal)
    if not named and given.patient is None and not terminal.can_ask:
        refuse([UNNAMED, *problems], "export")
    wanted = wanted_records(vault, named, given.patient, terminal, command="export")
    act.expect_one_patient([each.folder for each in wanted.records], given.copy_form)
    expect_open_here(vault, identities, wanted.records)
    refuse(problems, "export")
    return wanted


def _request(given: Given, purpose: Purpose, reason: str, terminal: Terminal) -> Request:
    return Request(
        form=given.copy_form,
        stated=Statement(Act.EXPORTED, purpose, reason or purpose.label, datetime.now(UTC)),
        is_anonymous=given.anonymised,
        is_attended=terminal.can_ask,
        max_bytes=_size(given.max_bytes),
        is_named=given.name,
    )


def _judged(
    vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, request: Request, terminal: Terminal
) -> Request:
    """Return the request as the rules let it leave, asked for what they hang on. Raises `RefusedByRule`."""
    if _asks_who_is_seen(vault, opened, request, terminal):
        act.judge(vault, opened, reader, replace(request, is_anonymous=True))  # what never leaves asks nothing
        request = replace(request, is_anonymous=not stated_yes(_ANONYMOUS, _EXPLAINED, terminal))
    act.judge(vault, opened, reader, request)
    return request


def _refuse_nonsense(given: Given, terminal: Terminal) -> None:
    if given.is_piped and terminal.has_screen:
        raise UsageError("the output is a photo, and standard output is a terminal.", "Give -o FILE, or pipe it on.")
    if given.is_piped and terminal.is_json:
        raise UsageError("standard output cannot be both the photo and --json.", "Give -o FILE, or leave --json out.")
    if given.is_piped and given.name:
        raise UsageError("--name is about the names of files, and -o - writes none.", "Leave one of them out.")


def _asked_place(vault: Vault, given: Given, count: int, terminal: Terminal) -> Path:
    """Ask where the copies go, before anything is opened."""
    from imgfile.cli.handover.place import asked_place  # noqa: PLC0415 - where no flag says it

    path = asked_place(terminal, lambda typed: act.place_of(vault, typed, given.copy_form, max(count, 1)))
    warn_leftovers(terminal, [path])
    return path


def _problems(given: Given, identities: Identities, terminal: Terminal) -> list[Problem | None]:
    is_own = given.purpose is not None and _is_own(given.purpose)
    return [
        None if given.output is not None or terminal.can_ask else _NOWHERE,
        problem_with("purpose", given.purpose, parse_purpose, terminal),
        None if is_own and given.reason is None else problem_with("reason", given.reason, parse_line, terminal),
        None if given.max_bytes is None else problem_with("max-bytes", given.max_bytes, _parse_size, terminal),
        None if given.where is None else problem_with("where", given.where, parse_line, terminal),
        identities.problem(),
    ]


def _is_own(text: str) -> bool:
    try:
        return parse_purpose(text) is Purpose.OWN_CLINICAL_RECORD
    except AnswerInvalid:
        return False


def _warn_unattested(opened: Sequence[OpenedRecord], terminal: Terminal) -> None:
    """Warn of each intimate photo of a child of which nobody attested the safeguards (R9)."""
    for each in opened:
        if lacks_attestation(each.facts):
            reference = each.manifest.reference
            terminal.warn(f"R9: nobody attested the safeguards of {reference}, intimate and of a child.")
            terminal.warn(f"They are asked at the terminal:  imgfile amend {reference}")


def _reason(given: Given, purpose: Purpose, terminal: Terminal) -> str:
    """Return why, and who gets it; empty for the practice's own record, where both are known."""
    if purpose is Purpose.OWN_CLINICAL_RECORD and given.reason is None:
        return ""
    return stated_reason(given.reason, "Reason, and who gets it:", terminal)


def _with_reason(request: Request, opened: Sequence[OpenedRecord], terminal: Terminal) -> Request:
    """Return a request for our own record with a reason: asked where a photo is intimate, whosever it is (R5)."""
    if not any(each.facts.decision.intimate_site for each in opened):
        return request
    refuse([problem_with("reason", None, parse_line, terminal)], "export")
    reason = stated_reason(None, "It is intimate. Reason, and who sees it there:", terminal)
    return replace(request, stated=replace(request.stated, reason=reason))


def _show(opened: Sequence[OpenedRecord], wanted: Wanted, terminal: Terminal) -> None:
    """Show at a terminal whose photos they are, where nobody has seen that yet."""
    if terminal.can_ask and wanted.folder is None:
        for each in opened:
            terminal.show(f"  {each.manifest.reference}: {about(each.facts)}")


def _parse_size(text: str) -> int:
    """Read a size such as 5MB or 500 kB, in bytes. Raises `AnswerInvalid`."""
    plain = text.replace(" ", "").upper()
    number = plain.rstrip("KMIB")
    unit = _UNITS.get(plain[len(number) :])
    if unit is None or not number.isascii() or not number.isdecimal() or not int(number[:12]) * unit > 0:
        raise AnswerInvalid("is no size; such as 5MB, or 500kB")
    return int(number[:12]) * unit


def _size(text: str | None) -> int | None:
    return None if text is None else _parse_size(text)


def _asks_who_is_seen(vault: Vault, opened: Sequence[OpenedRecord], request: Request, terminal: Terminal) -> bool:
    """Return whether it counts if anybody can be recognised, and somebody can be asked who has not said so."""
    purpose, now = request.stated.purpose, datetime.now(UTC)
    return (
        not request.is_anonymous
        and terminal.can_ask
        and any(must_be_anonymous(purpose, agreed_purposes(vault, each, at=now).get(purpose)) for each in opened)
    )


def _where(vault: Vault, given: Given, purpose: Purpose, terminal: Terminal) -> str:
    """Return where the copies are in the record now; empty where that is not known, or nothing was handed over."""
    if given.where is not None:
        return parse_line(given.where)
    if purpose is not Purpose.OWN_CLINICAL_RECORD or not terminal.can_ask or vault.roster.is_format_1:
        return ""
    return ask_where(terminal)
