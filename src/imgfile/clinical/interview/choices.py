"""What can be chosen for an answer, in which words, and which of it is offered first to whom.

A choice is taken by its code, its label or another name for it; by a number only at the terminal, where the numbers
stand beside the words (they differ by age, so a number in a table would mean something else for each patient).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

from imgfile.clinical.codes import Code
from imgfile.clinical.consent_basis import DECIDES_ALONE_YEARS, AgeGroup, ConsentBasis, ConsentGiver
from imgfile.clinical.facts import Facts, Person
from imgfile.clinical.patient import Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.vocabulary import BEYOND_CARE, ConsentForm, Disposition, Nation, Purpose, PurposeKind, WhoMayAsk
from imgfile.errors import AnswerInvalid
from imgfile.frozen import dataclass

SENT_WHEN_ASKED: Final = "sent_when_asked"
SENT_UNASKED: Final = "sent_unasked"


class NotOffered(AnswerInvalid):
    """What was answered is none of the choices; the message names them by code, as a flag or a table takes them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be answered: its code, its words, other names, and whether a prompt has room for it."""

    code: str
    label: str
    aliases: tuple[str, ...] = ()
    is_offered: bool = True


def pick(text: str, choices: Iterable[Choice]) -> str:
    """Find the code of the choice that a text names. Raises NotOffered."""
    wanted = _plain(text)
    choices = tuple(choices)
    for choice in choices:
        if wanted in map(_plain, (choice.code, choice.label, *choice.aliases)):
            return choice.code
    raise NotOffered(f"is none of: {', '.join(dict.fromkeys(choice.code for choice in choices))}")


def pick_by_number(text: str, choices: tuple[Choice, ...]) -> str:
    """Turn the number of a choice, alone or with its words behind it, into its code; other text stays as it is.

    Raises AnswerInvalid.
    """
    number, _, words = text.partition(" ")
    if not choices or not (number.isascii() and number.isdecimal()):
        return text
    at = int(number[:4]) - 1
    if words:
        return choices[at].code if 0 <= at < len(choices) and is_choice(words, choices[at : at + 1]) else text
    if not 0 <= at < len(choices):
        raise AnswerInvalid(f"is not a number from 1 to {len(choices)}")
    return choices[at].code


def numbered(offered: tuple[Choice, ...], *, has_all: bool = False, tie: str = " ") -> str:
    """Write choices on one line, those that a prompt has room for or all: 1 this  2 that.

    `tie` is put between a number and its words, where the line may be broken.
    """
    listed = [(number, choice) for number, choice in enumerate(offered, 1) if choice.is_offered or has_all]
    shown = [f"{number} {choice.label}".replace(" ", tie) for number, choice in listed]
    return "  ".join(shown) + ("  (? all)" if len(shown) < len(offered) else "")


def is_choice(text: str, choices: Iterable[Choice]) -> bool:
    """Return whether a text names a choice."""
    wanted = _plain(text)
    return any(wanted in map(_plain, (choice.code, choice.label, *choice.aliases)) for choice in choices)


def _plain(text: str) -> str:
    """Return what counts of a text: neither case nor punctuation, nor how an accented letter is put together."""
    return " ".join(normalize("NFC", text).casefold().translate(_PUNCTUATION).split())


_PUNCTUATION: Final = str.maketrans({"_": " ", "-": " ", ",": " ", ".": " ", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})


def of(vocabulary: type[Code]) -> tuple[Choice, ...]:
    """Offer a whole vocabulary."""
    return tuple(Choice(code, code.label) for code in vocabulary)


YES_OR_NO: Final = (Choice("yes", "yes", ("y",)), Choice("no", "no", ("n",)))

DISPOSED: Final = {
    Disposition.DESCRIBE_AND_DESTROY: ("describe",),
    Disposition.REJECT_RETURN: ("reject and return", "reject", "return"),
    Disposition.QUARANTINE: ("set aside",),
    Disposition.SAFEGUARDING_HOLD: ("hold", "safeguarding"),
}
"""What else is said for what becomes of a photo that is not filed, at the terminal and by a flag or a table."""
DISPOSITIONS: Final = tuple(Choice(code, code.label, DISPOSED.get(code, ())) for code in Disposition)

SCHEMES: Final = (
    Choice(Scheme.NHS, Scheme.NHS.label),
    Choice(Scheme.CHI, Scheme.CHI.label),
    Choice(Scheme.HSC, Scheme.HSC.label, ("hcn", "health and care")),
)
LOCAL: Final = Choice(Scheme.LOCAL, Scheme.LOCAL.label)


def stated_schemes(policy: Policy) -> tuple[Choice, ...]:
    """Return what may be said of a number: `local` too, where the practice has numbers of its own.

    That is never offered, since no digits tell it.
    """
    return (*SCHEMES, LOCAL) if Scheme.LOCAL in policy.schemes else SCHEMES


def schemes(facts: Facts) -> tuple[Choice, ...]:
    """Offer the schemes that the number may belong to."""
    if facts.scheme is Scheme.LOCAL:
        return (LOCAL,)
    fitting = () if facts.patient is None else facts.policy.schemes_of(facts.patient)
    return tuple(choice for choice in SCHEMES if choice.code in fitting)


def purposes(facts: Facts) -> tuple[Choice, ...]:
    """Offer the purposes of care; `m` is a response to treatment where an earlier photo is known."""
    names = {Purpose.MONITORING_RESPONSE: ("m",) if facts.earlier else ()}
    return tuple(of_purpose(code, *names.get(code, ())) for code in Purpose if code.kind in CARE)


CARE: Final = frozenset({PurposeKind.DIRECT_CARE, PurposeKind.NEAR_CARE})
"""What a photo may be filed for, as far as a prompt offers it."""


def beyond_care(_facts: Facts) -> tuple[Choice, ...]:
    """Offer the uses beyond care that a signed form may name."""
    return tuple(map(of_purpose, BEYOND_CARE))


def of_purpose(purpose: Purpose, *names: str) -> Choice:
    """Offer one purpose, by the words too that people say for it, at every question and flag alike."""
    return Choice(purpose, purpose.label, (*_SHORT.get(purpose, ()), *names))


_SHORT: Final = {
    Purpose.OWN_CLINICAL_RECORD: ("own record", "clinical record", "our own record"),
    Purpose.MONITORING_RESPONSE: ("monitoring", "response"),
    Purpose.REFERRAL_ADVICE: ("referral", "advice"),
    Purpose.PROCEDURE_RECORD: ("procedure",),
    Purpose.TEACHING_INTERNAL: ("teaching",),
    Purpose.TRAINING_ASSESSMENT: ("training",),
    Purpose.PUBLICATION_NAMED: ("publication",),
    Purpose.PUBLIC_MEDIA: ("media",),
}


def bases(facts: Facts) -> tuple[Choice, ...]:
    """Offer the consent bases of the patient's age: first those that a prompt has room for, in their places."""
    group, policy = AgeGroup.of(facts.age), facts.policy
    existing = [code for code in ConsentBasis if policy.has_health_attorneys or not code.terms.needs_health_attorneys]
    offered = [code for code in existing if group in code.terms.offered and _holds(code, group, policy.nation)]
    offered.sort(key=lambda code: code.terms.offered[group])
    rest = existing if group.value >= DECIDES_ALONE_YEARS else []
    listed = [code for code in rest if code.terms.is_listed and code not in offered]
    return tuple(
        Choice(code, _basis_words(code, policy.nation), (code.label,), code in offered) for code in (*offered, *listed)
    )


def _holds(code: ConsentBasis, group: AgeGroup, nation: Nation) -> bool:
    until = code.terms.holds_until(nation)
    return until is None or group.value < until


def _basis_words(code: ConsentBasis, nation: Nation) -> str:
    in_scotland = code.terms.offered_in_scotland_as if nation is Nation.SCOTLAND else ""
    return in_scotland or code.terms.offered_as or code.label


def givers(facts: Facts) -> tuple[Choice, ...]:
    """Offer who can give the consent that the basis rests on."""
    fitting = tuple(ConsentGiver) if facts.terms is None else facts.terms.givers
    return tuple(map(_of_giver, fitting))


def _of_giver(code: ConsentGiver) -> Choice:
    return Choice(code, code.label, _GIVER_NAMES.get(code, ()))


_GIVER_NAMES: Final = {
    ConsentGiver.MOTHER: ("mum",),
    ConsentGiver.FATHER: ("dad",),
    ConsentGiver.PARENT_OTHER: ("parent",),
    ConsentGiver.LOCAL_AUTHORITY: ("council", "social worker"),
}
ALL_GIVERS: Final = tuple(map(_of_giver, ConsentGiver))
"""Everybody who can give a consent, whatever it rests on."""
AGREEING: Final = tuple(_of_giver(code) for code in ConsentGiver if code.agrees)
"""Who can agree since filing, and who can withdraw."""

FORMS: Final = (
    Choice(ConsentForm.VERBAL_TELEPHONE, "phone", ("telephone", "call", "by phone")),
    Choice(ConsentForm.VERBAL_VIDEO, "video", ("by video", "video call")),
    Choice(ConsentForm.VERBAL_IN_PERSON, "in person", ("face to face", "f2f")),
    Choice(ConsentForm.EMAIL_OR_TEXT_REPLY, "email", ("e mail", "text", "sms", "by email", "by text")),
    Choice(ConsentForm.ELECTRONIC_FORM, "form", ("online form", "by form")),
    Choice(ConsentForm.WRITTEN_SIGNED, "signed", ("written", "in writing", "signed form", "paper", "letter")),
    Choice(SENT_WHEN_ASKED, "sent when asked"),
    Choice(SENT_UNASKED, "sent unasked"),
)
"""How consent can be given. The last two say at once where the photo came from (R11)."""


SPOKEN: Final = (
    *(choice for choice in FORMS if choice.code not in {SENT_WHEN_ASKED, SENT_UNASKED}),
    Choice(ConsentForm.NOT_APPLICABLE, "not yet", ("n", "no", "not spoken", "false")),
)
"""How consent can be given to a photo after it was sent unasked (R11)."""


def people(facts: Facts) -> tuple[Choice, ...]:
    """Offer everybody of the roster."""
    return of_people(facts.people)


def likely_asker(facts: Facts) -> str | None:
    """Offer whoever sits here, where the policy lets them ask for photos (R26)."""
    if facts.asked_by is None or facts.policy.who_may_ask is not WhoMayAsk.LISTED:
        return facts.asked_by
    return facts.asked_by if listed_asker(facts.policy, facts.asked_by) else None


def listed_asker(policy: Policy, *names: str) -> str | None:
    """Return whom the policy lists under one of these names, which may stand there with a registration or without."""
    for entry in policy.may_ask:
        name, _, _ = entry.partition(",")
        if any(is_choice(each, [Choice(entry, name)]) for each in names):
            return entry
    return None


def phrases(facts: Facts) -> tuple[Choice, ...]:
    """Offer the practice's own beginnings of a rationale, by number; each needs words of its own behind it."""
    return tuple(Choice(phrase, phrase) for phrase in facts.policy.rationale_phrases)


def attesters(facts: Facts) -> tuple[Choice, ...]:
    """Offer the clinicians of the roster; who has no registration is refused by R9."""
    return of_people(facts.may_attest, among=facts.people)


def of_people(people: Iterable[Person], *, among: Iterable[Person] | None = None) -> tuple[Choice, ...]:
    """Offer people of the roster: by name, with or without its title, by registration or both.

    By the last name too, alone or with its title, where nobody else `among` them has it.
    """
    offered = tuple(people)
    last_names = Counter(_plain(person.name).rpartition(" ")[2] for person in (offered if among is None else among))
    return tuple(_of_person(person, last_names) for person in offered)


def _of_person(person: Person, last_names: Counter[str]) -> Choice:
    title, _, untitled = _plain(person.name).partition(" ")
    last = untitled.rpartition(" ")[2]
    is_alone, is_titled = last_names[last] == 1, title in _TITLES
    names = [
        person.name,
        person.registration,
        untitled if is_titled else "",
        last if is_alone else "",
        f"{title} {last}" if is_alone and is_titled else "",
    ]
    return Choice(str(person), str(person), tuple(filter(None, names)))


_TITLES: Final = frozenset({"dr", "doctor", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sister", "nurse"})
