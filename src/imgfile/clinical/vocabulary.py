"""The closed lists of words: the codes that are stored, and the words that people read.

A code never changes and never goes: records keep it for a lifetime. A label may be reworded at any time.
Sources: GMC, "Making and using visual and audio recordings of patients"; MDU, "Storing digital images in
medical records" (2020); docs/reference/vocabulary.md is generated from here.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Final, Self

from imgfile.clinical.codes import Code
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver


class Disposition(Code):
    """What happens to the photo."""

    FILE = "file", "file it"
    DESCRIBE_AND_DESTROY = "describe_and_destroy", "describe it in the record, then destroy it"
    REJECT_RETURN = "reject_return", "reject it and tell the sender"
    QUARANTINE = "quarantine", "set it aside, with a deadline"
    SAFEGUARDING_HOLD = "safeguarding_hold", "leave it as it is, and tell the safeguarding lead"


class Origin(Code):
    """Why the photo exists."""

    REQUESTED_BY_CLINICIAN = "requested_by_clinician", "asked for by a clinician"
    UNSOLICITED = "unsolicited", "sent unasked"
    TAKEN_BY_CLINICIAN = "taken_by_clinician", "taken by a clinician"
    THIRD_PARTY_PROVIDER = "third_party_provider", "sent by another provider"


class PurposeKind(Enum):
    """How near a purpose is to the patient's own care, which decides the consent it needs."""

    DIRECT_CARE = "direct care"
    OWN_RECORD = "direct care, of copies only"
    """Nothing is filed for it: what is filed for direct care is covered."""
    NEAR_CARE = "near care"
    SECONDARY = "secondary"
    ALWAYS_REFUSED = "always refused"


class Purpose(Code):
    """What the photo is for. One purpose; another one needs its own consent."""

    kind: PurposeKind

    def __new__(cls, code: str, label: str = "", kind: PurposeKind = PurposeKind.DIRECT_CARE) -> Self:
        """Add how near the purpose is to care."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.kind = kind
        return member

    DIAGNOSIS = "diagnosis", "diagnosis"
    MONITORING_RESPONSE = "monitoring_response", "response to treatment"
    REFERRAL_ADVICE = "referral_advice", "referral or advice"
    PROCEDURE_RECORD = "procedure_record", "record of a procedure"
    OWN_CLINICAL_RECORD = "own_clinical_record", "our own clinical record", PurposeKind.OWN_RECORD
    SAFEGUARDING_EVIDENCE = "safeguarding_evidence", "safeguarding evidence", PurposeKind.NEAR_CARE
    MEDICO_LEGAL = "medico_legal", "medico-legal report", PurposeKind.NEAR_CARE
    COMPLAINT_CLAIM = "complaint_claim", "complaint or claim", PurposeKind.NEAR_CARE
    LOCAL_CLINICAL_AUDIT = "local_clinical_audit", "local clinical audit", PurposeKind.NEAR_CARE
    TEACHING_INTERNAL = "teaching_internal", "teaching in the practice", PurposeKind.SECONDARY
    TRAINING_ASSESSMENT = "training_assessment", "training assessment", PurposeKind.SECONDARY
    RESEARCH = "research", "research", PurposeKind.SECONDARY
    PUBLICATION_NAMED = "publication_named", "one named publication", PurposeKind.SECONDARY
    PUBLIC_MEDIA = "public_media", "public media", PurposeKind.SECONDARY
    MARKETING = "marketing", "marketing", PurposeKind.ALWAYS_REFUSED
    SOCIAL_MEDIA = "social_media", "social media", PurposeKind.ALWAYS_REFUSED
    PRODUCT_AI_TRAINING = "product_ai_training", "training of products or AI", PurposeKind.ALWAYS_REFUSED


BEYOND_CARE: Final = tuple(purpose for purpose in Purpose if purpose.kind is PurposeKind.SECONDARY)
"""The uses beyond care, each of which somebody agrees to (R3, R4)."""


def in_words(purposes: Collection[Purpose]) -> str:
    """Return purposes in words, in the order in which they are listed, with commas between."""
    return ", ".join(purpose.label for purpose in Purpose if purpose in purposes)


class PrEvidence(Code):
    """How parental responsibility is known."""

    STATED = "stated", "stated by the giver"
    ON_RECORD = "on_record", "on the patient's record"
    SEEN_DOCUMENT = "seen_document", "a document was seen"
    COURT_ORDER_REF = "court_order_ref", "a court order's reference"


class ConsentForm(Code):
    """How the agreement was given."""

    WRITTEN_SIGNED = "written_signed", "in writing, signed"
    ELECTRONIC_FORM = "electronic_form", "by electronic form"
    EMAIL_OR_TEXT_REPLY = "email_or_text_reply", "by email or text"
    VERBAL_IN_PERSON = "verbal_in_person", "in person"
    VERBAL_TELEPHONE = "verbal_telephone", "by phone"
    VERBAL_VIDEO = "verbal_video", "by video"
    IMPLIED_BY_SUBMISSION = "implied_by_submission", "by sending the photo"
    NOT_APPLICABLE = "not_applicable", "no consent given"


class Explained(Code):
    """What was explained before the agreement."""

    WHY = "why", "why the photo matters"
    WHO_SEES = "who_sees", "who will see it"
    STORAGE = "storage", "where it is kept"
    RETENTION = "retention", "how long it is kept"
    REFUSAL_OK = "refusal_ok", "that refusing changes nothing in care"
    ALTERNATIVES = "alternatives", "the alternatives"
    WITHDRAWAL = "withdrawal", "how to withdraw"
    SECONDARY_USES = "secondary_uses", "uses beyond care"


class Sensitivity(Code):
    """What makes the photo more sensitive than another."""

    NONE = "none", "not sensitive"
    INTIMATE = "intimate", "intimate"
    FACE_IDENTIFIABLE = "face_identifiable", "the face can be recognised"
    FORENSIC = "forensic", "forensic"
    GRAPHIC = "graphic", "graphic"
    PATIENT_FLAGGED = "patient_flagged", "sensitive to the patient"


class IntimateSite(Code):
    """A body site that counts as intimate. The label begins a sentence: "A nappy area counts as intimate"."""

    BREAST = "breast", "a breast"
    EXTERNAL_GENITALIA = "external_genitalia", "the genital area"
    PERIANAL = "perianal", "the perianal area"
    BUTTOCK = "buttock", "a buttock"
    GROIN_PERINEUM = "groin_perineum", "the groin or perineum"
    NAPPY_AREA = "nappy_area", "a nappy area"
    OTHER_AS_REGARDED_BY_PATIENT = "other_as_regarded_by_patient", "what the patient regards as intimate"


class Safeguard(Code):
    """What protects a child in an intimate photo (R9)."""

    CLINICAL_NECESSITY = "clinical_necessity", "needed for this decision"
    F2F_ALTERNATIVE_CONSIDERED = "f2f_alternative_considered", "face to face considered"
    OFFERED_F2F = "offered_f2f", "face to face offered"
    MINIMUM_FIELD_OF_VIEW_CROPPED = "minimum_field_of_view_cropped", "shows no more than needed"
    WHO_WILL_SEE_EXPLAINED = "who_will_see_explained", "told who will see it"
    CHAPERONE_OR_PARENT_PRESENT = "chaperone_or_parent_present", "parent was present"
    NO_SAFEGUARDING_CONCERN = "no_safeguarding_concern", "no safeguarding concern"
    REQUESTING_CLINICIAN = "requesting_clinician", "who asked for it"
    ATTESTING_CLINICIAN = "attesting_clinician", "who attests to it"
    NOT_RECORDED_ELSEWHERE = "not_recorded_elsewhere", "no other copy is kept"
    RETAIN_OR_DESCRIBE_DECISION = "retain_or_describe_decision", "keep it, or describe it"
    NO_OBJECTION_TOLD = "no_objection_told", "no objection or distress told"


class WithdrawalOutcome(Code):
    """What a withdrawal of consent led to."""

    SECONDARY_USE_STOPPED = "secondary_use_stopped", "uses beyond care were stopped"
    RETAINED_AS_RECORD_OF_CARE = "retained_as_record_of_care", "kept, as a record of care"
    DESTROYED_EARLY = "destroyed_early", "destroyed the same day, before anybody looked"
    DESTROYED_TWO_PERSON = "destroyed_two_person", "destroyed by two persons"
    PUBLISHED_CANNOT_RECALL = "published_cannot_recall", "published, and beyond recall"


class Capacity(Code):
    """Whether the patient can decide (Mental Capacity Act 2005, AWI(S) Act 2000)."""

    PRESUMED = "presumed", "presumed"
    ASSESSED_HAS = "assessed_has", "assessed: has capacity"
    ASSESSED_LACKS = "assessed_lacks", "assessed: lacks capacity"


class MinorCompetence(Code):
    """Whether a child under 16 can decide (Gillick)."""

    NOT_ASSESSED = "not_assessed", "not assessed"
    COMPETENT = "competent", "competent"
    NOT_COMPETENT = "not_competent", "not competent"


class Nation(Code):
    """Whose law and whose patient numbers a practice works with."""

    ENGLAND = "england", "England"
    WALES = "wales", "Wales"
    SCOTLAND = "scotland", "Scotland"
    NORTHERN_IRELAND = "northern_ireland", "Northern Ireland"


class IntimateUnder18(Code):
    """What a practice does with intimate photos of under-18s (R9). There is no default."""

    CLINICIAN_ATTESTED = "clinician_attested", "file, with a clinician's attestation"
    REFUSE = "refuse", "refuse, describe instead"


class Provenance(Code):
    """Where an answer came from. Never the environment, never a configuration file."""

    TYPED = "typed", "typed at the terminal"
    FLAG = "flag", "a flag of the command"
    TABLE = "table", "a row of a table"
    ANSWERS_FILE = "answers_file", "a file of answers"
    DERIVED = "derived", "follows from other answers"
    DEFAULTED = "defaulted", "the default, shown and accepted"
    SHARED = "shared", "given for another photo of the same message, and confirmed for both"


ASKED_SAFEGUARDS: Final = (
    Safeguard.CLINICAL_NECESSITY,
    Safeguard.F2F_ALTERNATIVE_CONSIDERED,
    Safeguard.OFFERED_F2F,
    Safeguard.MINIMUM_FIELD_OF_VIEW_CROPPED,
    Safeguard.WHO_WILL_SEE_EXPLAINED,
    Safeguard.CHAPERONE_OR_PARENT_PRESENT,
    Safeguard.NO_SAFEGUARDING_CONCERN,
    Safeguard.NO_OBJECTION_TOLD,
)
"""The safeguards asked as yes or no, in the order of their numbers. Other answers carry the rest: who asked for
the photo (asked by), who attests, that the source is erased, and that it is filed rather than described."""

STATED_IF_TYPED: Final = frozenset({Safeguard.NO_OBJECTION_TOLD})
"""What is not stated where its number is not typed; of every other safeguard that says no (R12)."""

REQUIRED_SAFEGUARDS: Final = frozenset(
    {
        Safeguard.CLINICAL_NECESSITY,
        Safeguard.F2F_ALTERNATIVE_CONSIDERED,
        Safeguard.WHO_WILL_SEE_EXPLAINED,
        Safeguard.NO_SAFEGUARDING_CONCERN,
    }
)
"""What must be true before an intimate photo of a child is filed (R9)."""


class AttesterRole(Code):
    """As what a person attests to an intimate photo of a child; a registration number alone does not tell it."""

    DOCTOR = "doctor", "doctor"
    NURSE = "nurse", "nurse"
    PHYSICIAN_ASSOCIATE = "physician_associate", "physician associate"
    ANAESTHESIA_ASSOCIATE = "anaesthesia_associate", "anaesthesia associate"
    OTHER_REGISTRANT = "other_registrant", "other registrant"


class WhoMayAsk(Code):
    """Who may have asked for a photo, by a practice's policy (R26)."""

    ROSTER_AND_STATED = "roster_and_stated", "anybody of the practice, or any registrant by name and number"
    ROSTER = "roster", "only somebody of the practice"
    LISTED = "listed", "only whom the policy lists"


VOCABULARIES: Final[tuple[type[Code], ...]] = (
    Disposition, Origin, Purpose, ConsentBasis, ConsentGiver, PrEvidence, ConsentForm, Explained, Sensitivity,
    IntimateSite, Safeguard, WithdrawalOutcome, Capacity, MinorCompetence, Nation, IntimateUnder18, Provenance,
    AttesterRole, WhoMayAsk,
)  # fmt: skip


def reference() -> str:
    """Write every list as Markdown, for docs/reference/vocabulary.md."""
    return "\n".join(_section(vocabulary) for vocabulary in VOCABULARIES)


def _section(vocabulary: type[Code]) -> str:
    rows = [f"| `{code}` | {code.label}{_kind(code)} |" for code in vocabulary]
    heading = (vocabulary.__doc__ or "").splitlines()[0]
    return "\n".join([f"## {vocabulary.__name__}", "", heading, "", "| code | words |", "| --- | --- |", *rows, ""])


def _kind(code: Code) -> str:
    return f" ({code.kind.value})" if isinstance(code, Purpose) else ""
