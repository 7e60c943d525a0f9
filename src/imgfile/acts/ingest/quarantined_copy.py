"""A sealed copy of a photo that is set aside: it waits in the inbox, with the same deadline, for a clinician (R11).

1. Nothing is copied before a person has answered at this prompt whose photo it is, what it shows and whether that is
   intimate. An intimate photo of a child is never copied: it waits where it lies (R9).
   One that turns out there to have been sent unasked is copied by that, unless it is intimate: of an intimate one
   somebody asks for the copy (R10). What a flag, a file or a table says copies nothing.
2. The copy is sealed under a key of its own, read back, and stated by a note that has the deadline.
3. The source stays, whatever becomes of the copy: it is erased once the photo is filed, or by a clinician's typed act.
4. Whoever accepts the copy is asked for everything else; nobody has agreed to anything yet, and the copy says so.
"""

from __future__ import annotations

from datetime import UTC, date
from functools import partial
from typing import TYPE_CHECKING, Final

from imgfile import __version__
from imgfile.acts.ingest.candidate import Examined
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.record import described
from imgfile.acts.ingest.set_aside import quarantine
from imgfile.clinical.consent import Consent
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.dates import show_date
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview.derive import SAID_HERE
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Decision, Picture, Place, Record, Sibling
from imgfile.clinical.rules import needs_attestation
from imgfile.clinical.vocabulary import (
    ConsentForm,
    Disposition,
    IntimateSite,
    Origin,
    Provenance,
    Purpose,
    Sensitivity,
)
from imgfile.errors import RefusedByRule
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault import layout
from imgfile.vault.records import commit
from imgfile.vault.records.item import Why
from imgfile.vault.records.open_item import NOBODYS, ROLE
from imgfile.vault.trail import permissions

if TYPE_CHECKING:
    from imgfile.acts.ingest.attendant import Attendant

_ANSWERED: Final = frozenset({"patient", "scheme", "dob", "body_site", "intimate"})
"""What is answered of a photo that is set aside; everything else whoever accepts it is asked for."""
_RATIONALE: Final = "Set aside until somebody decides; nobody has agreed to it yet."


def what_it_shows(run: Run, examined: Examined, attendant: Attendant) -> Facts:
    """Ask whose photo it is and what it shows. Raises `RefusedByRule` for one that may not be copied, `Cancelled`."""
    stands = run.stands_before(examined.source, examined.stripped)
    interview = Interview({}, stands, partial(attendant.ask, examined.source))
    interview.identify()
    facts = interview.shows()
    if needs_attestation(facts) is not False:
        raise RefusedByRule("R9", "an intimate photo of a child never is.")
    return facts


def set_aside_unasked(run: Run, examined: Examined, facts: Facts, refusal: RefusedByRule) -> RefusedByRule:
    """Set a photo aside that was sent unasked, and copy it where it may be; return why it is not filed (R11).

    `facts` is what was answered by then. Raises `NotWritable`, `Damaged`.
    """
    aside = quarantine(run, examined.source, examined.photo.digest)
    if aside.how is not Disposition.QUARANTINE:  # it was put on hold meanwhile
        return aside.error
    if run.wishes.is_dry or aside.until is None:
        return refusal
    item = aside.item
    if not item and _may_copy_unasked(run, facts):
        item = copy_into_inbox(run, examined, facts, aside.until)
    copied = f" A sealed copy waits in the inbox as {item}." if item else ""
    sentence = f"{refusal.message.removesuffix('.')}, set aside until {show_date(aside.until)}.{copied}"
    return RefusedByRule(refusal.rule, sentence, refusal.hint)


def _may_copy_unasked(run: Run, facts: Facts) -> bool:
    """Return whether somebody answered here whose photo it is and what it shows, and that it is not intimate."""
    is_told = all(facts.provenance.get(slug) in SAID_HERE for slug in ("patient", "dob", "body_site"))
    return is_told and facts.patient_id is not None and facts.intimate is False and not run.vault.roster.is_format_1


def copy_into_inbox(run: Run, examined: Examined, facts: Facts, until: date) -> str:
    """Put a sealed copy of what is set aside into the inbox, and remember that; return its reference.

    Raises `NotWritable`, `Damaged`.
    """
    vault, now = run.vault, run.now()
    with vault.station.locked():
        proof = commit.commit_item(
            vault,
            commit.ItemSubmission(
                item=examined.record,
                why=Why.QUARANTINED,
                stripped=examined.stripped,
                facts=record_json.dump(_record(run, examined, facts)),
                deadline=until.isoformat(),
                received=now,
            ),
        )
        permissions.release(vault, [proof], at=now)  # which enters it; nothing is erased by it here
        item = layout.reference(proof.record)
        PhotosSetAside(vault.station).note_copy(examined.photo.digest, item)
    return item


def _record(run: Run, examined: Examined, facts: Facts) -> Record:
    stripped, vault = examined.stripped, run.vault
    patient, born = facts.patient_id, facts.dob
    if patient is None or born is None or facts.body_site is None:
        raise TypeError("an interview that was held to its end leaves nothing open")
    known = {slug: how for slug, how in facts.provenance.items() if slug in _ANSWERED}
    return Record(
        place=Place(vault=vault.id, pid=NOBODYS, record=examined.record, station=vault.here.station, role=ROLE),
        siblings={layout.IMAGE: Sibling(stripped.digest, len(stripped.data))},
        patient=patient,
        date_of_birth=born,
        decision=_decision(run, facts),
        consent=Consent(
            basis=ConsentBasis.NOT_OBTAINED,
            giver=ConsentGiver.NONE,
            form=ConsentForm.NOT_APPLICABLE,
            obtained_by="nobody",
            obtained_at=facts.today,
        ),
        picture=Picture.of(stripped),
        source=described(examined.source),
        provenance={**dict.fromkeys(QUESTIONS, Provenance.DERIVED), **known},
        filed_at=run.now().astimezone(UTC).replace(microsecond=0),
        version=__version__,
    )


def _decision(run: Run, facts: Facts) -> Decision:
    site = facts.suggested_site or IntimateSite.OTHER_AS_REGARDED_BY_PATIENT
    return Decision(
        body_site=facts.body_site or "",
        sensitivity=Sensitivity.INTIMATE if facts.intimate else Sensitivity.NONE,
        intimate_site=site if facts.intimate else None,
        origin=Origin.UNSOLICITED,
        purpose=Purpose.DIAGNOSIS,
        disposition=Disposition.QUARANTINE,
        rationale=_RATIONALE,
        decided_on=facts.today,
        objection=None,
        safeguards=None,
        attested_by=None,
        follows=None,
        nation=run.vault.policy.nation,
        intimate_under_18=run.vault.policy.intimate_under_18,
    )
