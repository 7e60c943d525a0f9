"""A photo that is filed already, for this patient or another: what is said of it, and what becomes of its source.

1. What is said is judged like what is said about a new photo: an objection, a refusal or a withdrawal ends the run for
   this photo, by whichever door it came, and its source stays (R24).
2. Whoever sits here goes on, has something new to say, or objects. Answers of this run are in no record, and that is
   said; where they may differ from those that the photo was filed with, going on takes a yes of its own, and --yes is
   none. Unattended such a photo keeps its source.
3. The very same photo for a second patient stops; only at the terminal somebody may say that it shows both (R25).
4. A photo whose record is gone is refused by every door, in words that say what became of it; its source stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imgfile.acts.ingest.already_filed import Memory
from imgfile.acts.ingest.attendant import Known, OnKnown
from imgfile.acts.ingest.candidate import Candidate, Examined
from imgfile.acts.ingest.context import Run
from imgfile.acts.outcome import Since
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview.interview import Review
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import RefusedByRule
from imgfile.vault.records.manifest import Cause, Manifest

if TYPE_CHECKING:
    from imgfile.vault.life.gone import Gone

IN_NO_RECORD: Final = "what was said of it now is in no record"

_WHERE_NOW: Final = "Look at the number: if it is right, whoever moved the record was wrong, and moves it back."
_NEW_NUMBER: Final = "Run it again with the number as it is now: there it is recognised, and its source may go."
_GONE: Final = "A new photo, with consent of its own, is filed like any other. This one is nobody's any more."


def settle_known(run: Run, examined: Examined, known: Manifest, review: Review) -> Candidate:
    """Take a photo that is filed already for one whose source may go. Raises `RefusedByRule` where it may not."""
    refuse(review, known)
    is_different = differs(run, review, known)
    if run.attendant is None and is_different:
        raise difference(known)
    _agree(run, examined, known, is_different=is_different)
    if Memory(run.vault).shows_another(known.record):
        run.reasons[examined.photo.digest, known.folder] = "said when it was filed"
    remarks = (IN_NO_RECORD,) if is_different else ()
    return Candidate(examined, known, known.folder, remarks=remarks, since=since(run, known))


def since(run: Run, known: Manifest) -> tuple[Since, ...]:
    """Return what holds by now of a record that a photo is filed as, whichever computer stated it. Raises `Damaged`."""
    effects = run.standing_by_all_trails(known).effects
    return tuple(word for effect, word in _SINCE.items() if effect in effects)


_SINCE: Final = {"use_stopped": Since.WITHDRAWN, "held": Since.LEGAL_HOLD, "intimate": Since.INTIMATE}
"""By the effects of what was added to it (`vault.life.addition.Effect`)."""


def _agree(run: Run, examined: Examined, known: Manifest, *, is_different: bool) -> None:
    is_beforehand = run.wishes.is_confirmed and not is_different
    if run.attendant is None or run.wishes.is_dry or is_beforehand or known.record in run.agreed:
        return
    seen = Known(known.reference, known.filed_at.astimezone().date(), is_different, examined.loss, since(run, known))
    match run.attendant.recognise(examined.source, examined.fate, seen):
        case OnKnown.GO_ON:
            run.agreed.add(known.record)
        case OnKnown.NEW:
            raise RefusedByRule(
                "R24",
                f"what is new about {known.reference} is in no record yet, and nothing was erased.",
                f"An answer that was wrong:  imgfile amend {known.reference}\n"
                f"Anything else:  imgfile note {known.reference}\nThen run it again to erase the source.",
            )
        case OnKnown.OBJECTS:
            raise RefusedByRule(
                "R24",
                f"the patient objects, or withdraws; nothing was erased, and it is still filed as {known.reference}.",
                _withdraw(known),
            )


def _withdraw(known: Manifest) -> str:
    return f"To stop its use, or destroy it:  imgfile consent withdraw {known.reference}"


def refuse(review: Review, known: Manifest) -> None:
    """Raise `RefusedByRule` for what would refuse a new photo for good: an objection, a refusal, a withdrawal."""
    if review.refusal is not None:
        sentence = f"{review.refusal.sentence} It is filed as {known.reference}; nothing was erased."
        raise RefusedByRule(review.refusal.rule, sentence, _withdraw(known))


def gone_photo(tombstone: Gone) -> RefusedByRule:
    """Return why a photo is refused whose record was moved, withdrawn or destroyed, and what became of it."""
    from imgfile.vault.life.history import gone_refusal  # noqa: PLC0415 - few records are gone

    refusal = gone_refusal(tombstone)
    sentence = f"this very photo was filed before, and {refusal.message} Nothing was erased."
    where = _NEW_NUMBER if tombstone.cause is Cause.REKEYED else _WHERE_NOW
    return RefusedByRule(refusal.rule, sentence, where if tombstone.to else _GONE)


def differs(run: Run, review: Review, known: Manifest) -> bool:
    """Return whether what is said may differ from what a photo was filed with; a computer that cannot tell says so."""
    return bool(review.said) and not Memory(run.vault).was_said(known.record, review.said)


def difference(known: Manifest) -> RefusedByRule:
    """Return why the source stays where what is said may differ from what the photo was filed with."""
    return RefusedByRule(
        "R24",
        f"it is filed as {known.reference}, and what is said of it now differs, or this computer cannot tell; that is "
        "in no record, and nothing was erased.",
        "Run it at the terminal; or give its number and birth date alone, to say nothing new.",
    )


def settle_second_patient(
    run: Run, examined: Examined, folder: PatientFolder, elsewhere: tuple[EarlierPhoto, ...]
) -> str:
    """Return why the very same photo is another patient's too. Raises `RefusedByRule` where nobody says so (R25)."""
    key = (examined.photo.digest, folder)
    if key in run.reasons:
        return run.reasons[key]
    if run.attendant is None:
        where = f"as {elsewhere[-1].reference}" if elsewhere else "earlier in this run"
        move = f" Is the filed one wrong?  imgfile move {elsewhere[-1].reference}" if elsewhere else ""
        raise RefusedByRule(
            "R25",
            f"this very photo is filed for another patient, {where}; nothing was erased.",
            f"Look at both numbers.{move}",
        )
    run.reasons[key] = run.attendant.shows_both(examined.source, elsewhere)
    return run.reasons[key]
