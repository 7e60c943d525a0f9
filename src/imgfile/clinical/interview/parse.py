"""Understanding answers: from the text that somebody gave to the value that it means.

Each function takes the text and what is known so far, and raises AnswerInvalid with the end of a sentence that begins
with the question: "patient: check digit does not match". No message repeats what was typed.
"""

from __future__ import annotations

import re
from datetime import date
from types import MappingProxyType
from typing import Final

from imgfile.clinical.consent import SignedForm, check_document, is_document
from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.dates import is_day, parse_birth_date, parse_date, parse_recent_date
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.filing import NO_CHI_MATCH
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.choices import is_choice, pick
from imgfile.clinical.patient import PatientId, Scheme, fits_birth_date, numbers_in, stated_scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Digest
from imgfile.clinical.rules import no_form
from imgfile.clinical.text import parse_line, parse_reason, parse_text
from imgfile.clinical.vocabulary import (
    ASKED_SAFEGUARDS,
    BEYOND_CARE,
    STATED_IF_TYPED,
    ConsentForm,
    Explained,
    Origin,
    Purpose,
    Safeguard,
    Sensitivity,
    WhoMayAsk,
)
from imgfile.errors import AnswerInvalid


def read_patient(text: str, facts: Facts) -> str:
    """Read the ten digits, of which the scheme is a question of its own, or a number that is said to be local."""
    if facts.scheme is Scheme.LOCAL or stated_scheme(text) is Scheme.LOCAL:
        return facts.policy.read_local(text)
    number = facts.policy.read_number(text, allow_test=facts.allow_test)
    if not facts.policy.schemes_of(number):
        raise AnswerInvalid(facts.policy.takes_only)
    return number


def read_scheme(text: str, facts: Facts) -> Scheme:
    """Read whose number it is; it must fit the number."""
    scheme = Scheme(pick(text, choices.stated_schemes(facts.policy)))
    if scheme not in facts.policy.schemes:
        raise AnswerInvalid(facts.policy.takes_only)
    if facts.patient is not None:
        try:
            PatientId(scheme, facts.patient, facts.allow_test)
        except AnswerInvalid as error:
            raise AnswerInvalid(f"does not fit: the number {error.message}") from None
    return scheme


def read_dob(text: str, facts: Facts) -> date:
    """Read a birth date; a CHI number carries it too, and both must agree."""
    born = parse_birth_date(text, today=facts.today)
    if facts.patient_id and not fits_birth_date(facts.patient_id, born):
        raise AnswerInvalid(NO_CHI_MATCH)
    return born


def read_text(text: str, facts: Facts) -> str:
    """Read free text of several lines, such as a rationale."""
    plain = parse_text(text)
    refuse_other_number(plain, facts)
    return plain


def read_rationale(text: str, facts: Facts) -> str:
    """Read a rationale: free text, or numbers of the practice's own phrases with words of its own: "2 + clotrimazole".

    What a number stands for is recorded, never the number. Raises AnswerInvalid where there are no words of its own.
    """
    phrases = facts.policy.rationale_phrases
    picked = _PICKED.match(text) if phrases else None
    if picked is None:
        return read_text(text, facts)
    numbers = [int(number) for number in re.findall("[0-9]+", picked.group())]
    if not all(1 <= number <= len(phrases) for number in numbers):
        raise AnswerInvalid(f"picks another phrase than 1 to {len(phrases)}")
    own = parse_text(text[picked.end() :]) if text[picked.end() :].strip() else ""
    if sum(map(str.isalpha, own)) < MIN_OWN_LETTERS:
        raise AnswerInvalid(f"needs words about this photo behind the phrase: {numbers[-1]} + clotrimazole")
    return read_text(" ".join([*(phrases[number - 1] for number in numbers), own]), facts)


MIN_OWN_LETTERS: Final = 3
"""Of the words behind a practice's own phrase."""
_PICKED: Final = re.compile(r"\s*[0-9]{1,2}(?:\s*\+\s*[0-9]{1,2}(?=\s*(?:\+|$)))*\s*(?:\+|$)")
"""Numbers with a plus between, and one behind them, or nothing: "2 weeks of rash" picks no phrase."""


def refuse_other_number(text: str, facts: Facts) -> None:
    """Raise AnswerInvalid where a text names another patient's number: then one of the two is wrong, or the photo."""
    if numbers_in(text) - {facts.patient}:
        raise AnswerInvalid("names another patient's number: wrong photo, or wrong patient?")


def read_body_site(text: str, facts: Facts) -> str:
    """Read what the photo shows: words, and none that answer another question."""
    site = parse_line(text)
    refuse_other_number(site, facts)
    if _is_stray(site, facts):
        raise AnswerInvalid("names no body site")
    return site


def _is_stray(text: str, facts: Facts) -> bool:
    """Return whether a text is no free text, from a hand that is a question ahead or behind.

    That is: a key of the dialogue, a lone letter, a number, a day, or a word that another question lists.
    """
    letters = sum(map(str.isalpha, text))
    if not letters or (letters == 1 and text.isascii()):
        return True
    try:
        parse_recent_date(text, today=facts.today)
    except AnswerInvalid:
        return text.casefold() in _KEYS or is_choice(text, (*_LISTED_ELSEWHERE, *choices.purposes(facts)))
    return True


_KEYS: Final = frozenset({"ok", "true", "false", "skip", "quit", "change", "look", "file", "help"})
_LISTED_ELSEWHERE: Final = (*choices.YES_OR_NO, *choices.SPOKEN, *choices.FORMS, *choices.ALL_GIVERS)


def read_date_reason(text: str, facts: Facts) -> str:
    """Read why a photo may be filed whose date cannot be right (R13)."""
    refuse_other_number(text, facts)
    try:
        return parse_reason(text)
    except AnswerInvalid as error:
        raise AnswerInvalid(f"{error.message}; such as: camera clock never set, scan of an old print") from None


def read_yes(text: str) -> bool:
    """Read yes or no."""
    match text.casefold():
        case "y" | "yes" | "true":
            return True
        case "n" | "no" | "false":
            return False
    raise AnswerInvalid("is neither yes nor no")


def read_intimate(text: str, facts: Facts) -> bool:
    """Read whether the photo is intimate; a stated sensitivity must not say the opposite."""
    is_intimate = read_yes(text)
    if facts.sensitivity is (Sensitivity.NONE if is_intimate else Sensitivity.INTIMATE):
        raise AnswerInvalid("contradicts the sensitivity")
    return is_intimate


def read_follows(text: str, facts: Facts) -> EarlierPhoto:
    """Find an earlier photo of this patient by its reference."""
    for photo in facts.earlier:
        if text.casefold() in {photo.reference, photo.record}:
            return photo
    raise AnswerInvalid("is no earlier photo of this patient")


def read_basis(text: str, facts: Facts) -> ConsentBasis:
    """Read a consent basis."""
    # The nation's words first, then any code: the rules say what is wrong with one that does not fit the age.
    return ConsentBasis(pick(text, (*choices.bases(facts), *choices.of(ConsentBasis))))


def read_form(text: str, facts: Facts) -> ConsentForm:
    """Read how consent was given; sending the photo says so only together with whether it was asked for."""
    picked = pick(text, (*choices.FORMS, *choices.of(ConsentForm)))
    is_submission = picked in {choices.SENT_WHEN_ASKED, choices.SENT_UNASKED}
    form = ConsentForm.IMPLIED_BY_SUBMISSION if is_submission else ConsentForm(picked)
    if form is ConsentForm.IMPLIED_BY_SUBMISSION and facts.origin is None:
        raise AnswerInvalid('says too little; "sent when asked" or "sent unasked"?')
    if facts.terms and (form is ConsentForm.NOT_APPLICABLE) is facts.terms.is_agreement:
        raise AnswerInvalid("does not fit the basis")
    return form


SAYS_TOO: Final = {"form": ("origin",), "patient": ("scheme",)}
"""Which other questions an answer may settle."""


def read_spoken_since(text: str, _facts: Facts) -> ConsentForm:
    """Read how they agreed since a photo was sent unasked (R11); "no" is NOT_APPLICABLE."""
    return ConsentForm(pick(text, (*choices.SPOKEN, *choices.of(ConsentForm))))


def said_too(slug: str, text: str, facts: Facts, *, is_said_here: bool = False) -> dict[str, object]:
    """Return what an answer says of another question, by that one's slug; of one that is answered, nothing.

    The words for the form of consent may say where the photo came from, and a number's label whose number it is.
    Whoever sees the photo at this prompt says whether it is intimate, whatever sensitivity a flag or a table stated.
    """
    if slug == "intimate" and is_said_here and facts.sensitivity in {Sensitivity.NONE, Sensitivity.INTIMATE}:
        seen = Sensitivity.INTIMATE if read_yes(text) else Sensitivity.NONE
        return {} if seen is facts.sensitivity else {"sensitivity": seen}
    if slug == "form" and facts.origin is None and (origin := origin_of(text)):
        return {"origin": origin}
    if slug == "patient" and facts.scheme is None and (scheme := stated_scheme(text)):
        return {"scheme": scheme}
    return {}


def origin_of(form: str) -> Origin | None:
    """Return where a photo came from, when the words for the form of consent say it."""
    try:
        picked = pick(form, choices.FORMS)
    except AnswerInvalid:
        return None
    origins = {choices.SENT_WHEN_ASKED: Origin.REQUESTED_BY_CLINICIAN, choices.SENT_UNASKED: Origin.UNSOLICITED}
    return origins.get(picked)


def read_obtained_by(text: str, facts: Facts) -> str:
    """Read who asked for the consent (R26): somebody of the roster, or a registrant by name and number, as stated.

    Somebody of the roster by name, registration or both is that person's name. The policy may narrow it.
    """
    name = parse_line(text)
    if name == facts.asked_by == choices.likely_asker(facts):
        return name
    listed = zip(facts.people, choices.of_people(facts.people), strict=True)
    person = next((one for one, choice in listed if is_choice(name, [choice])), None)
    if person is None and (is_day(name) or _is_stray(name, facts)):
        raise AnswerInvalid("is nobody's name")
    refuse_other_number(name, facts)
    match facts.policy.who_may_ask:
        case WhoMayAsk.LISTED:
            return _listed(name, person, facts.policy)
        case WhoMayAsk.ROSTER if person is None:
            raise AnswerInvalid("is nobody of this practice's roster, and by its policy nobody else asks for photos")
        case _ if person is None and not _REGISTRATION.search(name):
            raise AnswerInvalid("is nobody of the roster: add the registration, such as Dr C. Locum, GMC 7222222")
    return person.name if person else name


_REGISTRATION: Final = re.compile(r"[^\W\d_]{2}.*\b[A-Za-z]{0,3}[0-9][0-9A-Za-z]{3,9}\b")
"""A name, and behind it a registration as the regulators give them: 7222222, 99I1234E, PA12345."""


def _listed(name: str, person: Person | None, policy: Policy) -> str:
    """Return who of the policy's list asked, as the roster has them, else as the list has them."""
    entry = choices.listed_asker(policy, *([name] if person is None else [str(person), person.name]))
    if entry is None:
        raise AnswerInvalid("is nobody whom this practice's policy lists as asking for photos")
    return person.name if person else entry


def read_obtained_at(text: str, facts: Facts) -> date:
    """Read when consent was asked for; nobody asks about a patient who is not born.

    "yesterday" is a day where somebody says it now, and not in a table that may be of last week.
    """
    day = parse_recent_date(text, today=facts.today) if facts.is_attended else parse_date(text)
    if facts.dob is not None and day < facts.dob:
        raise AnswerInvalid("is before the patient was born")
    return day


def read_decider(text: str, facts: Facts) -> str:
    """Read who decides for the patient: a name, and no word that answers another question (R7)."""
    name = parse_line(text)
    refuse_other_number(name, facts)
    if is_day(name) or _is_stray(name, facts):
        raise AnswerInvalid("is nobody's name")
    return name


def read_authority(text: str, facts: Facts) -> str:
    """Read which document says that somebody decides, and who saw it (R7)."""
    refuse_other_number(text, facts)
    try:
        return parse_reason(text)
    except AnswerInvalid as error:
        raise AnswerInvalid(f"{error.message}; such as: LPA for health, registered 2 Mar 2024, seen") from None


def read_consulted(text: str, facts: Facts) -> str:
    """Read who was consulted, or why nobody was (R7)."""
    who = parse_line(text)
    refuse_other_number(who, facts)
    if who.casefold() in _NOBODY or sum(map(str.isalpha, who)) < MIN_OWN_LETTERS:
        raise AnswerInvalid("says too little: who was consulted, or nobody, and why")
    return who


_NOBODY: Final = frozenset({"nobody", "none", "no one", "no-one", "not", "yes", "n/a", "not applicable"})


def read_explained(text: str, _facts: Facts) -> frozenset[Explained]:
    """Read what was explained, with commas between."""
    parts = text.replace(";", ",").split(",")
    return frozenset(Explained(pick(part, choices.of(Explained))) for part in parts)


class NoForm(AnswerInvalid):
    """There is no signed form for what the photo is to be filed for: it is filed for something else, or not at all."""


def read_form_document(text: str, facts: Facts) -> SignedForm:
    """Read a signed form: its file, or the SHA-256 of one that lies elsewhere. Raises `NoForm` where one is needed."""
    if text.strip().casefold() in _NO_FORM:
        if facts.purpose in BEYOND_CARE:
            raise NoForm(no_form(facts.purpose))
        raise AnswerInvalid("names no form; leave it out")
    if facts.read_form is not None and not is_document(text):
        return facts.read_form(text)
    check_document(text)
    return facts.form_of(Digest(text))


_NO_FORM: Final = frozenset({"none", "no", "n", "no form"})


def read_covers(text: str, facts: Facts) -> frozenset[Purpose]:
    """Read which uses beyond care a form names: by their words with commas between, by numbers, or none."""
    if text.strip().casefold() in {*_NO_FORM, "0"}:
        return frozenset()
    words = text.replace(",", " ").split()
    offered = choices.beyond_care(facts)
    if facts.is_attended and words and all(word.isascii() and word.isdecimal() for word in words):
        return frozenset(Purpose(choices.pick_by_number(word, offered)) for word in words)
    return frozenset(Purpose(pick(part, offered)) for part in text.replace(";", ",").split(","))


def read_safeguards(text: str, _facts: Facts) -> MappingProxyType[Safeguard, bool]:
    """Read the numbers of what is true; everything else is false, or not stated (R12). "0" says that nothing is."""
    digits = "".join(text.replace(",", " ").split())
    numbers = {str(number): safeguard for number, safeguard in enumerate(ASKED_SAFEGUARDS, 1)}
    if not digits or not set(digits) <= numbers.keys() | {"0"}:
        raise AnswerInvalid(f"has something else than the numbers 1 to {len(numbers)}; 0 for none")
    answers = {safeguard: number in digits for number, safeguard in numbers.items()}
    unstated = {each for each in STATED_IF_TYPED if not answers[each]}
    return MappingProxyType({each: is_true for each, is_true in answers.items() if each not in unstated})


def read_objection(text: str, _facts: Facts) -> bool:
    """Read whether the patient objected, was distressed, refused, or withdraws; in words, or yes or no."""
    return text.strip().casefold() in _OBJECTING or read_yes(text)


_OBJECTING: Final = frozenset(
    {"objected", "objects", "distressed", "refused", "refuses", "withdrawn", "withdrew", "withdraws"}
)


def read_attester(text: str, facts: Facts) -> Person:
    """Find somebody of the roster by name, registration, or both."""
    try:
        picked = pick(text, choices.attesters(facts))
    except AnswerInvalid:
        raise AnswerInvalid(_nobody(text, facts)) from None
    return next(person for person in facts.may_attest if str(person) == picked)


def _nobody(text: str, facts: Facts) -> str:
    if is_choice(text, choices.of_people(facts.people)):
        return "is no clinician of this practice's roster, and only a clinician attests"
    return "is nobody of this practice's roster"
