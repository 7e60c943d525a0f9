"""Which records a command is about: named by references, or by a patient's number and then picked.

1. One question takes both: references or their beginnings, or one number, as `patients_named` reads it. Digits alone,
   nine or more of them, are a number: a slip in one is never looked for as a reference, nor repeated in an error.
2. A number is typed at the terminal, or stands on standard input (`--patient -`), never on the command line, where the
   shell's history and the list of processes would keep it (R23).
3. Of a patient's photos, an intimate one of a child is taken only when it is picked by its own number or reference, by
   somebody at the terminal: never by "all", by Enter, by a range, or unattended (R9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from imgfile.acts.disclosure.of_patient import (
    Unopened,
    has_records,
    patient_folders,
    records_of_patient,
)
from imgfile.acts.disclosure.open import Reader, read_facts
from imgfile.cli.life.number import number_given
from imgfile.cli.patients_photos import lines_of, numbers_of_own, pick, which_words
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.patient import PatientId, patients_named, stated_scheme
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import AnswerInvalid, Closed, Error, NoVault, Problem, RefusedByRule, UsageError
from imgfile.frozen import dataclass
from imgfile.terminal import Terminal, asking
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.life.standing import find_here
from imgfile.vault.records.manifest import Manifest

QUESTION: Final = "Reference, or patient number:"
_EXPLAINED: Final = Explanation(
    "Which photos: references, or how they begin (4 characters), with blanks between; or one patient's number, and "
    "you pick from what is filed for it. A practice's own number has the word local before it.",
    "Whoever looks at them.",
    "7f3k b81d, or 943 476 5870",
)
_EXPLAINED_PICK: Final = Explanation(
    "Which of them: their numbers or references, with blanks between; a takes all. An intimate photo of a child is "
    "taken only by its own number or reference.",
    "Whoever looks at them.",
    "1 2",
)
_FEWEST_DIGITS: Final = 9
"""A CHI number that lost its zero has them; a reference has eight characters."""
UNNAMED: Final = Problem("record", "RECORD or --patient -", "is missing", is_missing=True)
MAX_NAMED: Final = 100
"""References that one command is given; nobody types more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was named: records; or one patient, by where their records lie."""

    records: tuple[Manifest, ...] = ()
    folder: PatientFolder | None = None


# --- naming -----------------------------------------------------------------------------------------------------


def wanted_records(
    vault: Vault, references: Sequence[str], patient: str | None, terminal: Terminal, *, command: str
) -> Wanted:
    """Return what flags name, or ask for it. Nothing is opened, and nobody is asked for a secret.

    Raises `UsageError` for what names nothing or two things, `AnswerInvalid` for what is no number or where nobody can
    be asked, `RefusedByRule` for a record that is gone, `NoVault` at a computer without a key that finds numbers.
    """
    if references and patient is not None:
        raise UsageError("references and --patient were both given.", "Give one of them.")
    if references:
        return Wanted(records=named_records(vault, references))
    if patient is not None:
        return Wanted(folder=folder_of_number(vault, number_given(patient, terminal, command)))
    if not terminal.can_ask:
        raise AnswerInvalid.of((UNNAMED,), f"imgfile {command} --help explains them.")
    return _asked(vault, terminal)


def named_records(vault: Vault, references: Iterable[str]) -> tuple[Manifest, ...]:
    """Return the records that references name, each once, in their order. Raises as `find_here` does."""
    names = names_in(references)
    if len(names) > MAX_NAMED:
        raise UsageError(f"{len(names)} references are too many; the most is {MAX_NAMED}.", "Name fewer at once.")
    found = {each.digest: each for each in (find_here(vault, name) for name in names)}
    if not found:
        raise UsageError("that is no record reference.", "References look like 7f3k-q2ma:  imgfile list")
    return tuple(found.values())


def names_in(texts: Iterable[str]) -> list[str]:
    """Return the references that were typed, with commas or blanks between, whatever they name."""
    return [name for text in texts for name in text.replace(",", " ").split()]


def folders_of_number(vault: Vault, number: str) -> list[PatientFolder]:
    """Return where records of this number would lie, a place for each scheme that it fits.

    Raises `AnswerInvalid`, `NoVault`.
    """
    return patient_folders(vault, _patients(number))


def _patients(number: str) -> tuple[PatientId, ...]:
    try:
        return patients_named(number)
    except AnswerInvalid as error:
        problem = Problem("patient", "--patient", error.message)
        raise AnswerInvalid("that is no patient's number.", "Ten digits; blanks are fine.", (problem,)) from None


_ELSEWHERE: Final = (
    "Another number, or a reference:  imgfile list\n"
    "What was described in words instead of filed:  imgfile audit --patient - --reasons"
)


def folder_of_number(vault: Vault, number: str) -> PatientFolder:
    """Return where the records of the patient with this number lie. Raises `AnswerInvalid`, `UsageError`, `NoVault`."""
    patients = _patients(number)
    folders = zip(patients, patient_folders(vault, patients), strict=True)
    found = [(patient, folder) for patient, folder in folders if has_records(vault, folder)]
    if not found:
        raise UsageError("nothing is filed for this patient.", _ELSEWHERE)
    if len(found) > 1:
        schemes = " or ".join(f"{patient.scheme.label} ..." for patient, _ in found)
        raise AnswerInvalid("the number fits patients of several schemes.", f"Put the scheme before it: {schemes}")
    return found[0][1]


def _asked(vault: Vault, terminal: Terminal) -> Wanted:
    while True:
        typed = asking.answer(terminal, QUESTION, _EXPLAINED)
        try:
            if is_number(typed):
                return Wanted(folder=folder_of_number(vault, typed))
            return Wanted(records=named_records(vault, [typed]))
        except (AnswerInvalid, NoVault, RefusedByRule, UsageError) as error:
            asking.show(terminal, why(error))


def is_number(typed: str) -> bool:
    """Return whether what was typed is meant as a patient's number, right or wrong, and not as references."""
    if stated_scheme(typed) is not None:
        return True
    plain = re.sub(r"[\s.,;:/()\-\u2010-\u2015]", "", typed)
    if plain.isdecimal():
        return len(plain) >= _FEWEST_DIGITS
    return all(layout.normalise_reference(word) is None for word in names_in([typed])) and bool(
        re.search(rf"\d{{{_FEWEST_DIGITS},}}", plain)
    )


def why(error: Error) -> Iterator[str]:
    """Yield what is wrong with an answer, in whole sentences, to be shown before it is asked for again."""
    problems = [problem.message for problem in error.problems] if isinstance(error, AnswerInvalid) else []
    yield f"That number: {problems[0]}." if problems else f"{error.message[0].upper()}{error.message[1:]}"
    if not problems and error.hint:
        yield error.hint


# --- opening ----------------------------------------------------------------------------------------------------


def open_wanted(vault: Vault, wanted: Wanted, reader: Reader, terminal: Terminal) -> list[OpenedRecord]:
    """Open what was named: references are all taken, in their order; of a patient's photos some are picked (`choose`).

    What of a patient's does not open is warned of, by its reference. Raises `Damaged`, `Closed`, `RefusedByRule`,
    `Cancelled`, `AnswerInvalid`; `UsageError` where all that was filed is gone.
    """
    if wanted.folder is None:
        return [read_facts(vault, each, reader) for each in wanted.records]
    closed: list[Unopened] = []
    found = records_of_patient(vault, wanted.folder, reader, unopened=closed.append)
    for each in closed:
        terminal.warn(left_out(each))
    if not found and closed:
        raise min((each.error for each in closed), key=lambda error: isinstance(error, Closed))
    if not found:
        raise UsageError("all that was filed for this patient is gone.", "What became of it:  imgfile list")
    return choose(found, terminal)


def left_out(unopened: Unopened) -> str:
    """Return that a record does not open, and so is none of those that are shown."""
    if unopened.is_closed:
        return f"{unopened.message} It is left out."
    return f"{unopened.reference} does not open, and is left out: {unopened.message}"


# --- picking ----------------------------------------------------------------------------------------------------


def choose(opened: list[OpenedRecord], terminal: Terminal, *, most: int | None = None) -> list[OpenedRecord]:
    """Show a patient's photos, and return those that somebody picks, at most so many, in the order of their dates.

    Where nobody can be asked all are taken, unless one is an intimate photo of a child. Raises `RefusedByRule` (R9)
    then, `Cancelled` for q.
    """
    own = numbers_of_own(opened)
    if not terminal.can_ask:
        if own:
            names = ", ".join(opened[number - 1].manifest.reference for number in own)
            raise RefusedByRule(
                "R9", f"an intimate photo of a child is picked by its own reference: {names}.", "Name what you want."
            )
        return opened
    asking.show(terminal, lines_of(opened))
    has_default = not own and (most is None or len(opened) <= most)
    words, default = which_words(opened), "" if not has_default else "1" if len(opened) == 1 else "a"
    while True:
        typed = asking.answer(terminal, words, _EXPLAINED_PICK, default=default)
        try:
            picked = pick(typed, opened)
            if most is not None and len(picked) > most:
                raise AnswerInvalid(f"picks {len(picked)}: {most} at most")
        except AnswerInvalid as error:
            asking.show(terminal, [f"That {error.message}."])
        else:
            return [each for number, each in enumerate(opened, 1) if number in picked]
