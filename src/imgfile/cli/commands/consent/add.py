"""`imgfile consent add RECORD`: a signed form for uses beyond care, or agreement to its use anew (R3, R4, R14, R24)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Final, TypeAlias, TypeVar

import typer

from imgfile.acts.life.agree import Again, Agreement, agree, expect_agreement, expect_seen, expect_use
from imgfile.acts.life.person import admit_person, facts_of
from imgfile.acts.signed_form import named_form, read_form
from imgfile.cli.acting.sitting_here import expect_role_here, expect_stating
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import about, parse_purpose, problem_with, refuse
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.consent import SignedForm
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.dates import parse_past_date, show_date
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.choices import NotOffered, pick, pick_by_number
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.parse import read_obtained_by
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.rules import PUBLICATIONS, WRITTEN
from imgfile.clinical.text import parse_outlet
from imgfile.clinical.vocabulary import BEYOND_CARE, ConsentForm, Purpose
from imgfile.errors import AnswerInvalid, Problem
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.open import open_record
from imgfile.vault.records.find import find
from imgfile.vault.roster.model import Role

_Value = TypeVar("_Value")

FORMS: Final = tuple(
    choice for choice in choices.FORMS if choice.code not in {choices.SENT_WHEN_ASKED, choices.SENT_UNASKED}
)
PURPOSES: Final = tuple(map(choices.of_purpose, BEYOND_CARE))
_WRITTEN_FORMS: Final = tuple(choice for choice in FORMS if choice.code in WRITTEN)
_NOTHING: Final = "Nothing was changed."
_CLINICIAN: Final = "A clinician, from the form."
_CLINICIAN_TOLD: Final = "A clinician who was told."


@dataclass(frozen=True, slots=True, kw_only=True)
class AddOptions:
    """What is agreed, as far as it is said beforehand."""

    document: Annotated[
        Path | None,
        typer.Option("--consent-document", metavar="FILE", help="The signed form: PDF or image, at most 20 MB."),
    ] = None
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", metavar="PURPOSE", help=f"For what; several times: {' | '.join(BEYOND_CARE)}"),
    ] = None
    giver: Annotated[
        str | None, typer.Option("--giver", metavar="WHO", help="Who agreed: patient | mother | father | ...")
    ] = field(default=None, repr=False)
    form: Annotated[
        str | None, typer.Option("--form", metavar="HOW", help="How: signed | form; for a photo's use again any way.")
    ] = field(default=None, repr=False)
    obtained_by: Annotated[str | None, typer.Option("--asked-by", metavar="NAME", help="Who asked for it.")] = field(
        default=None, repr=False
    )
    obtained_at: Annotated[
        str | None, typer.Option("--asked-on", metavar="DATE", help="When: 22/11/2026, yesterday.")
    ] = field(default=None, repr=False)
    outlet: Annotated[
        str | None, typer.Option("--outlet", metavar="NAME", help="Where it may be published: one place.")
    ] = field(default=None, repr=False)
    recognisable: Annotated[
        bool | None,
        typer.Option("--recognisable/--anonymised", help="Whether the patient may be recognised in it."),
    ] = None
    again: Annotated[
        bool,
        typer.Option("--again", help="Its use was stopped, or its consent is due for review: they agree to it again."),
    ] = False


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("add", help="Add a signed form for teaching, research or publication; allow use again.")(add)


@with_argument("given", AddOptions)
@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def add(*, record: RecordArgument, given: AddOptions, vault: Vault, identities: Identities, terminal: Terminal) -> None:
    """Add an agreement to a record."""
    expect_stating(vault)
    expect_role_here(vault, identities, frozenset({Role.CLINICIAN}), "add what was agreed")
    of = find(vault, record)
    is_beyond_care = given.document is not None or bool(given.purpose) or not given.again
    asker = _asker_of(vault)
    refuse([*_problems(given, terminal, asker, is_beyond_care=is_beyond_care), identities.problem()], "consent add")
    document = read_form(given.document) if given.document is not None else None
    history = life.load(vault, of)
    history.expect_here()
    if is_beyond_care:
        expect_use(history, again=given.again)
    said = None
    if is_beyond_care:
        said, document = _asked(given, document, terminal, asker, may_be_oral=vault.policy.allows_oral_teaching)
    is_stopped = history.is_use_stopped
    again = _again(given, said, terminal) if given.again and (is_stopped or not is_beyond_care) else None
    new = Agreement(said, again)
    by = admit_person(vault, identities.unlock(), frozenset({Role.CLINICIAN}), "add what was agreed")
    opened, now = open_record(vault, of, by.practice), datetime.now(UTC)
    expect_seen(history, opened.history)
    expect_agreement(vault, opened, new, by, at=now)
    if terminal.can_ask:
        _confirm([f"{of.reference}: {about(opened.facts)}", *_lines(new, is_stopped=is_stopped)], terminal)
    agree(vault, opened, new, by, at=now)
    if terminal.is_json:
        scope = sorted(said.scope) if said is not None else []
        what = {"use_allowed": again is not None and is_stopped, "reviewed": again is not None and not is_stopped}
        terminal.data({"type": "agreed", "record": of.reference, "purposes": scope, **what})
    terminal.say(f"Added to {of.reference}. What was agreed:  imgfile consent show {of.reference}")
    if document is not None:
        terminal.say(f"{document.named} is as it was: erasing it is up to you.")


Asker: TypeAlias = Callable[[str], str]
"""Reads who asked for a consent."""


def _asker_of(vault: Vault) -> Asker:
    """Return what reads who asked for a consent, as this practice has it: of its roster, or a registrant (R26)."""
    facts = facts_of(vault, None, today=datetime.now().astimezone().date())
    return partial(read_obtained_by, facts=facts)


def _problems(given: AddOptions, terminal: Terminal, asker: Asker, *, is_beyond_care: bool) -> Iterator[Problem | None]:
    """Yield what is missing or wrong among what is said beforehand."""
    yield problem_with("giver", given.giver, _giver, terminal)
    yield problem_with("form", given.form, _form, terminal)
    if not is_beyond_care:
        return
    if not given.purpose:
        yield problem_with("purpose", None, parse_purpose, terminal)
    for text in given.purpose or ():
        yield problem_with("purpose", text, parse_purpose, terminal)
    yield problem_with("asked-by", given.obtained_by, asker, terminal)
    yield problem_with("asked-on", given.obtained_at, _day, terminal)
    if _publishes(given.purpose or ()) or given.outlet is not None:
        yield problem_with("outlet", given.outlet, parse_outlet, terminal)
    if given.recognisable is None and not terminal.can_ask:
        yield Problem("anonymised", "--anonymised (or --recognisable)", "is missing", is_missing=True)


def _publishes(purposes: Iterable[str]) -> bool:
    """Return whether a publication is among the purposes, by whatever name: it rests on an outlet (R4)."""
    with suppress(AnswerInvalid):  # a word that is no purpose is a problem of its own
        return not PUBLICATIONS.isdisjoint(map(parse_purpose, purposes))
    return False


def _giver(text: str) -> ConsentGiver:
    return ConsentGiver(pick(pick_by_number(text, choices.AGREEING), choices.AGREEING))


def _form(text: str) -> ConsentForm:
    return ConsentForm(pick(pick_by_number(text, FORMS), FORMS))


def _written(text: str) -> ConsentForm:
    return ConsentForm(pick(pick_by_number(text, _WRITTEN_FORMS), _WRITTEN_FORMS))


def _day(text: str) -> date:
    return parse_past_date(text, today=datetime.now().astimezone().date())


def _purposes(text: str) -> frozenset[Purpose]:
    """Read purposes by their numbers, "1 3", or one by its words. Raises `AnswerInvalid`."""
    words = text.replace(",", " ").split()
    if words and all(word.isascii() and word.isdecimal() for word in words):
        return frozenset(Purpose(pick_by_number(word, PURPOSES)) for word in words)
    return frozenset({Purpose(pick(text, PURPOSES))})


# --- asking ---------------------------------------------------------------------------------------------


_numbered: Final = partial(choices.numbered, has_all=True)


def _asked(
    given: AddOptions, document: SignedForm | None, terminal: Terminal, asker: Asker, *, may_be_oral: bool
) -> tuple[ConsentDocument, SignedForm | None]:
    """Return the agreement and its form, by the flags and asked for what they leave out.

    The form's file is one of that, where it is needed. How they agreed is asked for among the forms that can count; a
    flag may name any, and is judged by the rules.
    """
    scope = frozenset(map(parse_purpose, given.purpose)) if given.purpose else _ask(_FOR, _purposes, terminal)
    giver = _giver(given.giver) if given.giver is not None else _ask(_WHO, _giver, terminal)
    how = (_HOW, _form) if may_be_oral else (_HOW_WRITTEN, _written)
    form = _form(given.form) if given.form is not None else _ask(*how, terminal)
    if document is None and form in WRITTEN and terminal.can_ask:
        document = _ask(_FILE, named_form, terminal)
    by = asker(given.obtained_by) if given.obtained_by is not None else _ask(_BY, asker, terminal)
    on = _day(given.obtained_at) if given.obtained_at is not None else _ask(_ON, _day, terminal)
    outlet = parse_outlet(given.outlet) if given.outlet is not None else ""
    if scope & PUBLICATIONS and not outlet:
        outlet = _ask(_WHERE, parse_outlet, terminal)
    recognisable = given.recognisable if given.recognisable is not None else _ask(_KNOWN, _yes, terminal)
    said = ConsentDocument(
        scope=scope,
        giver=giver,
        form=form,
        obtained_by=by,
        obtained_at=on,
        outlet=outlet,
        is_anonymised=not recognisable,
        media_type=document.media_type if document else "",
        digest=document.digest if document else Digest(""),
        document=document.data if document else b"",
    )
    return said, document


def _again(given: AddOptions, said: ConsentDocument | None, terminal: Terminal) -> Again:
    """Return who agreed to its use again, and how."""
    if said is not None:
        return Again(said.giver, said.form)
    giver = _giver(given.giver) if given.giver is not None else _ask(_WHO_AGAIN, _giver, terminal)
    form = _form(given.form) if given.form is not None else _ask(_HOW_AGAIN, _form, terminal)
    return Again(giver, form)


def _yes(text: str) -> bool:
    return pick(text, choices.YES_OR_NO) == "yes"


_FOR: Final = (
    f"For which purposes ({_numbered(PURPOSES)}):",
    Explanation(
        "What the form names, by number; several with a blank between. No other use is covered.", _CLINICIAN, "1 3"
    ),
)
_WHO: Final = (
    "Who agreed:",
    Explanation(
        f"Whose signature it is: the patient, or who decides for them. {_numbered(choices.AGREEING)}.",
        _CLINICIAN,
        "patient",
    ),
)
_WHO_AGAIN: Final = (
    "Who agreed:",
    Explanation(
        f"Who lets the photo be used again: the patient, or who decides for them. {_numbered(choices.AGREEING)}.",
        _CLINICIAN_TOLD,
        "patient",
    ),
)
_HOW_AGAIN: Final = (
    "How (phone, video, in person, ...):",
    Explanation(f"How they said so. {_numbered(FORMS)}.", _CLINICIAN_TOLD, "phone"),
)
_HOW: Final = (
    "How (signed, form, ...):",
    Explanation(f"Beyond care it takes a signed or electronic form. {_numbered(FORMS)}.", _CLINICIAN, "signed"),
)
_HOW_WRITTEN: Final = (
    f"How ({_numbered(_WRITTEN_FORMS)}; ? explains):",
    Explanation(
        f"Beyond care it takes a signed or electronic form, never words alone (R3). {_numbered(_WRITTEN_FORMS)}.",
        _CLINICIAN,
        "signed",
    ),
)
_FILE: Final = (
    "The form's file (PDF or image):",
    Explanation("Where the form lies; it is sealed into the record. Its own file stays.", _CLINICIAN, "form.pdf"),
)
_BY: Final = (
    "Asked by:",
    Explanation(
        "Who asked for it: somebody of the practice, or any registrant by name and number.", _CLINICIAN, "Dr A. Example"
    ),
)
_ON: Final = ("Asked on:", Explanation("On which day it was agreed.", _CLINICIAN, "yesterday"))
_WHERE: Final = (
    "Outlet (one):",
    Explanation("Where it may be published: one place (R4).", _CLINICIAN, "BMJ Case Reports"),
)
_KNOWN: Final = (
    "Agreed too where the patient can be recognised? (y/n):",
    Explanation(
        "With n a copy leaves only where nobody can be recognised: no face, tattoo, jewellery, room or writing.",
        _CLINICIAN,
        "n",
    ),
)
_ADD: Final = Explanation("What is above is sealed into the record, signed by you.", "Whoever signs.", "y")


def _ask(question: tuple[str, Explanation], parse: Callable[[str], _Value], terminal: Terminal) -> _Value:
    words, explanation = question
    while True:
        typed = asking.answer(terminal, words, explanation)
        if not typed.strip():
            terminal.show("  An answer is needed; ? explains.")
            continue
        try:
            return parse(typed)
        except NotOffered:
            terminal.show("  That is none of the answers; ? lists them.")
        except AnswerInvalid as error:
            terminal.show(f"  That {error.message}.")


def _lines(new: Agreement, *, is_stopped: bool) -> Iterator[str]:
    said = new.said
    if new.again is not None:
        yield f"{'its use is allowed again' if is_stopped else 'its consent was reviewed'}: {new.again.words}"
    if said is None:
        return
    yield f"for {', '.join(purpose.label for purpose in sorted(said.scope))}"
    yield f"agreed by {said.giver.label}, {said.form.label}; asked by {said.obtained_by}, {show_date(said.obtained_at)}"
    if said.outlet:
        yield f"published in {said.outlet}"
    yield "only where nobody can be recognised" if said.is_anonymised else "the patient may be recognised"
    yield f"document {said.media_type}, {len(said.document):,} bytes" if said.document else "no document"


def _confirm(lines: list[str], terminal: Terminal) -> None:
    asking.show(terminal, lines)
    while asking.answer(terminal, "Add it? (y add, q quit):", _ADD).strip().casefold() not in {"y", "yes"}:
        terminal.show("  y adds it; q quits and changes nothing.")
