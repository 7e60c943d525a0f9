"""Who the patient is: NHS, CHI and H&C numbers, checked so that a slip of the finger names nobody.

All three have ten digits and one check digit (NHS Data Dictionary, "NHS number": weights 10 to 2, modulus 11). Their
ranges are those of the package `nhs-number` 2.2.0; some sources give England 32... to 39... too, so such a number is
an NHS number only when its scheme is stated.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from imgfile.clinical.codes import Code
from imgfile.clinical.vocabulary import Nation
from imgfile.errors import AnswerInvalid
from imgfile.frozen import InitVar, dataclass

DIGITS: Final = 10
MAX_TEXT_CHARACTERS: Final = 40
"""Ten digits, and room for every separator that people put between them."""
MIN_LOCAL_CHARACTERS: Final = 4
MAX_LOCAL_CHARACTERS: Final = 20
"""Of a practice's own number; the last four are typed to attest."""


class Scheme(Code):
    """Which register a patient's number belongs to."""

    NHS = "nhs", "NHS"
    CHI = "chi", "CHI"
    HSC = "hsc", "H&C"
    LOCAL = "local", "local"
    """The practice's own, by a pattern in its policy; only ever stated, never guessed from the digits."""


NATIONAL: Final = (Scheme.NHS, Scheme.CHI, Scheme.HSC)
"""The registers whose numbers check themselves."""


SYSTEMS: Final = {
    Scheme.NHS: "https://fhir.nhs.uk/Id/nhs-number",
    Scheme.CHI: "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53",
    Scheme.HSC: "https://fhir.nhs.uk/Id/hsc-number",
}
"""The FHIR system of each national scheme; H&C's is a draft."""

_LABELS: Final = (
    (Scheme.NHS, "nhs"),
    (Scheme.CHI, "chi"),
    (Scheme.HSC, r"h\s?(?:&|and)\s?c|hsc|hcn|health\s(?:and|&)\s(?:social\s)?care"),
)
_LABEL_END: Final = r"[\s-]*(?:number|no\.?|num\.?)?[\s:.]*(?=\d)"
_SYNTHETIC: Final = "9"
"""Numbers that begin so are for tests; no patient has one."""


@dataclass(frozen=True, slots=True)
class PatientId:
    """A patient's number with its scheme. An invalid one cannot exist: the constructor raises AnswerInvalid.

    A synthetic number (9...) is refused unless `allow_test`. Text and `repr` are masked; `grouped` is not.
    """

    scheme: Scheme
    number: str
    allow_test: InitVar[bool] = False

    def __post_init__(self, allow_test: bool) -> None:
        if self.scheme is Scheme.LOCAL:
            check_local(self.number)
            return
        check_number(self.number, allow_test=allow_test)
        if self.scheme not in _possible_schemes(self.number):
            raise AnswerInvalid(f"is not {_article(self.scheme)} {self.scheme.label} number")

    def __repr__(self) -> str:
        if self.scheme is Scheme.LOCAL:  # four characters may be all of it
            return f"{self.scheme.label} •••"
        return f"{self.scheme.label} ••• ••• {self.last_four}"

    __str__ = __repr__

    @property
    def grouped(self) -> str:
        """The number as it is printed on letters: 999 000 0018; a practice's own as it is."""
        return shown_number(self.number)

    @property
    def last_four(self) -> str:
        """What is typed to attest."""
        return self.number[-4:]

    @property
    def system(self) -> str:
        """The FHIR system URI; empty for a practice's own number, which nobody else knows."""
        return SYSTEMS.get(self.scheme, "")


def parse_patient_id(text: str, *, scheme: Scheme | None = None, nation: Nation, allow_test: bool = False) -> PatientId:
    """Read a number as people type it, and find its scheme if only one fits. Raises AnswerInvalid."""
    number = parse_number(text, allow_test=allow_test)
    scheme = scheme or stated_scheme(text)
    if scheme is None:
        fitting = schemes_for(number, nation)
        if len(fitting) > 1:
            raise AnswerInvalid(f"may be {_either(fitting)}; give the scheme")
        scheme = fitting[0]
    return PatientId(scheme, number, allow_test)


_SCIENTIFIC: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]{1,2}")
"""What a spreadsheet makes of ten digits in a narrow column, and then saves."""


def parse_number(text: str, *, allow_test: bool = False) -> str:
    """Read ten digits in any script, however they are grouped, and behind the name of their scheme: "NHS 999 000 0018".

    Return them in ASCII. Raises AnswerInvalid.
    """
    if len(text) > MAX_TEXT_CHARACTERS:
        raise AnswerInvalid("is too long for a patient number")
    if _SCIENTIFIC.fullmatch(text.strip()):
        raise AnswerInvalid(
            "was rewritten by a spreadsheet, which lost digits (9.43E+09): format the column as text and type it again"
        )
    scheme, digits = _labelled(text)
    number = ascii_digits(re.sub(r"(?<=\d)\.(?=\d)", " ", digits))
    check_number(number, allow_test=allow_test)
    if scheme is not None and scheme not in _possible_schemes(number):
        raise AnswerInvalid(f"is not {_article(scheme)} {scheme.label} number")
    return number


def patients_named(text: str) -> tuple[PatientId, ...]:
    """Return whom a number may name that somebody looks for, one for each scheme that it fits. Raises AnswerInvalid.

    A synthetic number names nobody, so looking for one is allowed; a local one is said to be one: "local T-1234".
    """
    stated = stated_scheme(text)
    if stated is Scheme.LOCAL:
        return (PatientId(Scheme.LOCAL, local_spelling(without_local_label(text))),)
    number = parse_number(text, allow_test=True)
    fitting = _possible_schemes(number) if stated is None else (stated,)
    return tuple(PatientId(scheme, number, allow_test=True) for scheme in fitting)


def numbers_in(text: str) -> frozenset[str]:
    """Return the patients' numbers that stand in a text, in ASCII digits: ten of them, together or grouped 3 3 4."""
    found = (re.sub("[^0-9]", "", number) for number in _WITHIN_TEXT.findall(unicodedata.normalize("NFKC", text)))
    return frozenset(filter(_may_be_a_patients, found))


_WITHIN_TEXT: Final = re.compile(r"(?<![0-9+])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])")


def _may_be_a_patients(number: str) -> bool:
    try:
        check_number(number, allow_test=True)
    except AnswerInvalid:
        return False
    return True


def stated_scheme(text: str) -> Scheme | None:
    """Return the scheme that is named before a number; None for a number by itself."""
    return Scheme.LOCAL if _LOCAL.match(text) else _labelled(text)[0]


_LOCAL: Final = re.compile(r"\s*local(?:\s+(?:number|no\.?|num\.?))?[\s:]+(?=\S)", re.IGNORECASE)


def without_local_label(text: str) -> str:
    """Return a practice's own number without the word for its scheme: "local T-1234" is T-1234."""
    label = _LOCAL.match(text)
    return text[label.end() :] if label else text


def local_spelling(text: str) -> str:
    """Return a practice's own number in its one spelling: ASCII where it can be, upper case, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text[: 2 * MAX_LOCAL_CHARACTERS]).split()).upper()


def check_local(number: str) -> None:
    """Check that a text can be a practice's own number, whatever its pattern. Raises AnswerInvalid."""
    if not _LOCAL_NUMBER.fullmatch(number) or not any(map(str.isdecimal, number)):
        raise AnswerInvalid("is no local number: 4 to 20 of A to Z, 0 to 9, - and /")
    if len(number) == DIGITS and number.isdecimal():
        raise AnswerInvalid("is ten digits: an NHS, CHI or H&C number, and no local one")


_LOCAL_NUMBER: Final = re.compile(f"[A-Z0-9/-]{{{MIN_LOCAL_CHARACTERS},{MAX_LOCAL_CHARACTERS}}}")


def shown_number(number: str) -> str:
    """Write a number as letters have it: ten digits in groups, a practice's own as it is."""
    return grouped(number) if len(number) == DIGITS and number.isdecimal() else number


def grouped(number: str) -> str:
    """Write ten digits as letters have them: 999 000 0018."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def _labelled(text: str) -> tuple[Scheme | None, str]:
    for scheme, label in _LABELS:
        if match := re.match(rf"\s*(?:{label}){_LABEL_END}", text, re.IGNORECASE):
            return scheme, text[match.end() :]
    return None, text


def ascii_digits(text: str) -> str:
    """Return digits of any script in ASCII, spaces and hyphens dropped. Raises AnswerInvalid for anything else."""
    digits = []
    for character in text.strip():
        if unicodedata.category(character) not in {"Zs", "Pd"}:
            value = unicodedata.decimal(character, None)
            if value is None:
                raise AnswerInvalid("has characters that are not digits")
            digits.append(str(value))
    return "".join(digits)


def typed_ending(text: str) -> str:
    """Return the end of a number as it is typed to attest: digits in ASCII, the letters of a local one in upper case.

    Raises AnswerInvalid.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return plain if _LOCAL_ENDING.fullmatch(plain) else ascii_digits(text)


_LOCAL_ENDING: Final = re.compile("[A-Z0-9/-]{4}")


def check_number(number: str, *, allow_test: bool) -> None:
    """Check that a number can be a patient's, whatever its scheme. Raises AnswerInvalid."""
    if not (number.isascii() and number.isdecimal()):
        raise AnswerInvalid("has characters that are not digits" if number else "is empty")
    if len(number) != DIGITS:
        raise AnswerInvalid(_wrong_length(number))
    if len(set(number)) == 1:  # 444 444 4444 passes modulus 11
        raise AnswerInvalid("is one digit repeated")
    if not has_check_digit(number):
        raise AnswerInvalid("check digit does not match")
    if number.startswith(_SYNTHETIC) and not allow_test:
        raise AnswerInvalid("is a test number, which no patient has; --allow-test-id takes it, for trying out")
    if not _possible_schemes(number):
        is_dated = "01" <= number[:2] <= "31"
        reason = "has no real date in its first six digits" if is_dated else "is outside the ranges of NHS, CHI and H&C"
        raise AnswerInvalid(reason)


def _wrong_length(number: str) -> str:
    if len(number) == DIGITS - 1 and has_check_digit(f"0{number}") and _has_real_date(f"0{number}"):
        return "has nine digits; a CHI number may have lost its leading zero in a spreadsheet: put the 0 back"
    return f"has {len(number)} digit{'s' * (len(number) > 1)} instead of {DIGITS}"


def has_check_digit(number: str) -> bool:
    """Return whether the tenth digit fits the other nine."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True))
    return (11 - total % 11) % 11 == int(number[9])  # a remainder of 10 equals no digit


def schemes_for(number: str, nation: Nation) -> tuple[Scheme, ...]:
    """List the schemes a checked number may belong to, for a practice of this nation."""
    possible = _possible_schemes(number)
    if len(possible) > 1 and nation in {Nation.SCOTLAND, Nation.NORTHERN_IRELAND}:
        return (Scheme.HSC,)  # a 32... to 39... is in doubt only where NHS numbers are given out
    return possible


def _possible_schemes(number: str) -> tuple[Scheme, ...]:
    if number[0] in {"4", "6", "7", _SYNTHETIC}:
        return (Scheme.NHS,)
    if "32" <= number[:2] <= "39":
        return (Scheme.NHS, Scheme.HSC)
    return (Scheme.CHI,) if _has_real_date(number) else ()


def _has_real_date(number: str) -> bool:
    return any(_chi_date(number, century) for century in (1900, 2000))


def _chi_date(number: str, century: int) -> date | None:
    try:
        return date(century + int(number[4:6]), int(number[2:4]), int(number[:2]))
    except ValueError:
        return None


def fits_birth_date(patient: PatientId, born: date) -> bool:
    """Return whether a CHI number's first six digits are this birth date; True for schemes that carry none."""
    return patient.scheme is not Scheme.CHI or patient.number[:6] == f"{born:%d%m%y}"


def _article(scheme: Scheme) -> str:
    return "a" if scheme in {Scheme.CHI, Scheme.LOCAL} else "an"


def _either(schemes: tuple[Scheme, ...]) -> str:
    return " or ".join(f"{_article(scheme)} {scheme.label} number" for scheme in schemes)
