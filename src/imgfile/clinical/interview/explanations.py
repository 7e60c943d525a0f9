"""What `?` says of each question: what it means, who may answer it, and an example that the question takes.

Read only where somebody asks. Every question has all three (tests/clinical/interview/test_explanations.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from imgfile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """The three parts, each a sentence or two; the example stands alone, as it would be typed."""

    meaning: str
    who: str
    example: str

    def lines(self) -> Iterator[str]:
        """Yield them one by one, each behind its heading."""
        yield f"what  {self.meaning}"
        yield f"who   {self.who}"
        yield f"e.g.  {self.example}"


_WHOEVER_FILES: Final = "Whoever files, reception too."
_FROM_THE_RECORD: Final = "Whoever files, from the patient's record rather than from the mail."
_AS_ASKED: Final = "Whoever asked for the photo, or whoever files on their word."
_CLINICIAN: Final = "The clinician who asked for the photo, or whoever files on their word."
_ATTESTING: Final = "The clinician who attests, at this terminal: no flag, file or table answers it."

EXPLANATIONS: Final = MappingProxyType(
    {
        "patient": Explanation(
            "Whose record the photo goes into: the NHS, CHI or H&C number, ten digits, grouped or not.",
            _FROM_THE_RECORD,
            "943 476 5870",
        ),
        "scheme": Explanation(
            "Which register the number is of, where more than one has such numbers.", _FROM_THE_RECORD, "nhs"
        ),
        "dob": Explanation(
            "The patient's date of birth, day first. It guards against a wrong number, and says which rules hold.",
            _FROM_THE_RECORD,
            "14/9/2025",
        ),
        "date_reason": Explanation(
            "The photo's own date cannot be right: it is the wrong patient, the wrong photo or a wrong clock. Why it "
            "is right all the same is recorded.",
            "Whoever files and has seen the photo.",
            "camera clock never set",
        ),
        "body_site": Explanation(
            "What the photo shows, in a few words, with its side. Some sites count as intimate.",
            "Whoever files and has seen the photo: v shows it.",
            "left shoulder",
        ),
        "sensitivity": Explanation(
            "What makes the photo more sensitive than another, such as a face that can be recognised.",
            "Whoever files and has seen the photo.",
            "face_identifiable",
        ),
        "intimate": Explanation(
            "Whether the photo counts as intimate: breast, genital or anal area, buttock, groin, nappy area, or what "
            "the patient regards as such; in underwear or seen through thin clothing too.",
            "Whoever files and has seen the photo; of a patient under 18, and that one of an intimate site is not, "
            "somebody at this terminal.",
            "y",
        ),
        "purpose": Explanation(
            "What the photo is for. It is used for this alone; another use needs its own consent. Teaching, training, "
            "research, a publication and the media take a signed form that names them.",
            _CLINICIAN,
            "diagnosis",
        ),
        "follows": Explanation(
            "The earlier photo whose treatment this one judges, by its reference; else the last one.",
            _CLINICIAN,
            "7f3k",
        ),
        "basis": Explanation(
            "On whose decision the photo was made and is kept: the patient's own from 16, a parent's or a competent "
            "child's below; others where a patient cannot decide.",
            _CLINICIAN,
            "1",
        ),
        "competence": Explanation(
            "Whether a child under 16 was found competent to decide about this photo.",
            "The clinician who assessed it, or whoever files on their word.",
            "competent",
        ),
        "competence_evidence": Explanation(
            "How it was found that the child understands and can decide, and by whom.",
            "The clinician who assessed it, or whoever files on their word.",
            "Dr A. Example: understood what it is for and who sees it, weighed it, agreed",
        ),
        "capacity": Explanation(
            "Whether a patient of 16 or over can decide about this photo.",
            "The clinician who assessed it, or whoever files on their word.",
            "assessed_lacks",
        ),
        "capacity_evidence": Explanation(
            "Who found that the patient cannot decide about this, and when; in Scotland, the certificate's reference.",
            "The clinician who assessed it, or whoever files on their word.",
            "Dr A. Example, 20 Nov 2026",
        ),
        "decided_by": Explanation(
            "Who decides for a patient who cannot: the attorney, deputy or guardian, by name.",
            "The clinician who assessed capacity, or whoever files on their word.",
            "Mrs B. Example, daughter",
        ),
        "authority": Explanation(
            "Which document says that they may decide about health: a registered power of attorney, an order of the "
            "court; and who saw it.",
            "Whoever saw the document, or whoever files on their word.",
            "LPA for health, registered 2 Mar 2024, seen by R. Desk",
        ),
        "consulted": Explanation(
            "Who was asked what the patient would want: family, carers, an attorney, the parents of a child; or why "
            "nobody was.",
            "The clinician who decides, or whoever files on their word.",
            "son, and the carers at the home",
        ),
        "pr_evidence": Explanation(
            "How it is known that whoever agreed has parental responsibility.", _WHOEVER_FILES, "on_record"
        ),
        "origin": Explanation(
            "Why the photo exists: asked for, sent unasked, or taken here.", _AS_ASKED, "sent unasked"
        ),
        "giver": Explanation("Who agreed to the photo: the patient, or who decides for them.", _AS_ASKED, "mother"),
        "form": Explanation(
            "How they agreed. A photo that was only sent says little: asked for, or unasked?", _AS_ASKED, "phone"
        ),
        "obtained_by": Explanation(
            "Who asked for the photo and for the consent: somebody of the practice, or any registrant by name and "
            "number.",
            _WHOEVER_FILES,
            "Dr A. Example",
        ),
        "spoken_since": Explanation(
            "A photo that nobody asked for is filed only if they agreed to it since, and how. Without that it stays "
            "where it is.",
            _AS_ASKED,
            "phone",
        ),
        "view_once": Explanation(
            "Whether it was sent so that it vanishes once it is seen. Then it is kept only if they agreed to that.",
            _AS_ASKED,
            "n",
        ),
        "agreed_to_keep": Explanation(
            "Whether they agreed that the photo is kept although they sent it to vanish.", _AS_ASKED, "y"
        ),
        "obtained_at": Explanation(
            "The day on which the consent was asked for, day first.", _WHOEVER_FILES, "yesterday"
        ),
        "explained": Explanation(
            "What was explained before they agreed; of several, with commas between.", _AS_ASKED, "why, who_sees"
        ),
        "consent_document": Explanation(
            "The signed form: the name of its PDF, scan or photo, at most 20 MB. It is sealed beside the photo, and "
            "its own file stays as it is. Without a form, type none: then file the photo for care, and add the form "
            "once you have it (imgfile consent add RECORD). Of a form that lies elsewhere its SHA-256 may be stated; "
            "that covers no use beyond care.",
            _WHOEVER_FILES,
            "form.pdf",
        ),
        "covers": Explanation(
            "Which uses beyond care the form names, by number, several with a blank between. No other is covered.",
            "A clinician, from the form.",
            "1 3",
        ),
        "outlet": Explanation("Where it may be published: one place (R4).", "A clinician, from the form.", "BMJ"),
        "recognisable": Explanation(
            "Whether the form says that the patient may be recognised. Without it a copy leaves only where nobody can "
            "be: no face, tattoo, jewellery, room or writing.",
            "A clinician, from the form.",
            "n",
        ),
        "rationale": Explanation(
            "Why this photo: which decision it informs, why it was not seen face to face, what was explained to whom, "
            "what happens if it gets worse, why it is kept rather than described. At least 20 characters.",
            _CLINICIAN,
            "New pigmented lesion, urgent suspected cancer?, patient 40 miles away",
        ),
        "objection": Explanation(
            "Whether the patient objected to this photo, or was distressed by it. Then it is not filed.", _AS_ASKED, "n"
        ),
        "safeguards": Explanation(
            "What is true of this photo, by its numbers, together or apart; 0 if nothing is. Without those that are "
            "required an intimate photo of a child is not filed. Leave 7 out where there is a safeguarding concern, or "
            "you are not sure: then it is left as it is.",
            _ATTESTING,
            "1 2 5 7",
        ),
        "attested_by": Explanation(
            "Which registered clinician of the practice answers for filing an intimate photo of a child.",
            _ATTESTING,
            "GMC 7654321",
        ),
        "disposition": Explanation(
            "What becomes of the photo where it is not filed. A hold and a quarantine leave it where it is; describing "
            "and destroying is a clinician's typed act at the terminal, and no flag or table does it.",
            "Whoever files may leave it; only a clinician, at their own computer, erases it.",
            "quarantine",
        ),
    }
)
"""Every question's, by its slug."""
