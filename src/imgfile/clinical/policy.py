"""What a practice decided once, for all its photos: whose law holds, whose numbers it takes, what it files and how.

Stored as TOML in the vault, named by its digest in the roster. `load` is strict but keeps keys that a later version
may add; `dump` has one spelling for each policy, and refuses to write over what it does not understand.

1. `format` rises with every key that tightens: a station of an older imgfile, which would pass such a key over, refuses
   to file instead. A key that only loosens, or that an older imgfile has no use for, leaves the format as it is.
2. What a key has no line for has the strict default, but where a vault's first policy let more: there an absent key
   means what it always meant, so that no policy changes its meaning.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final, TypeVar

from imgfile.clinical.codes import Code
from imgfile.clinical.patient import (
    NATIONAL,
    PatientId,
    Scheme,
    parse_number,
    schemes_for,
    stated_scheme,
    without_local_label,
)
from imgfile.clinical.text import MAX_LINE_CHARACTERS, MIN_RATIONALE_CHARACTERS, check_line, check_text
from imgfile.clinical.vocabulary import AttesterRole, IntimateUnder18, Nation, WhoMayAsk
from imgfile.errors import AnswerInvalid, Damaged, NotWritable
from imgfile.frozen import dataclass

FORMAT: Final = 2
"""The newest format that this version understands."""
MAX_POLICY_BYTES: Final = 1 << 16
"""A policy is a handful of lines."""
QUARANTINE_DAYS: Final = 7
MAX_QUARANTINE_DAYS: Final = 28
MAX_RATIONALE_CHARACTERS: Final = 400
"""The longest rationale that a practice may ask for."""
MAX_PHRASES: Final = 9
"""They are picked by one digit."""
MAX_NAMES: Final = 100
MAX_CONTACT_CHARACTERS: Final = 400

_Code = TypeVar("_Code", bound=Code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. `read` takes the value that TOML has, and raises AnswerInvalid with the end of a sentence."""

    key: str
    read: Callable[[Any], object]
    default: object
    is_required: bool = False
    tightens: Callable[[Any], bool] = lambda _value: False
    """Whether a value asks for more than an older imgfile, which passes the key over, would."""
    format: int = 1
    """The format of a policy in which it does."""

    def format_of(self, value: object) -> int:
        """Return the lowest format that says this value to every station."""
        return self.format if self.tightens(value) else 1


def _one_of(codes: type[_Code]) -> Callable[[Any], _Code]:
    def read(value: object) -> _Code:
        if not isinstance(value, str) or value not in set(codes):
            raise AnswerInvalid(f"is none of {', '.join(codes)}")
        return codes(value)

    return read


def _several_of(codes: type[_Code]) -> Callable[[Any], tuple[_Code, ...]]:
    def read(value: object) -> tuple[_Code, ...]:
        named = {_one_of(codes)(each) for each in _list(value, len(codes))}
        return tuple(code for code in codes if code in named)

    return read


def _list(value: object, most: int) -> list[object]:
    if not isinstance(value, list) or not value:
        raise AnswerInvalid("is no list of at least one")
    if len(value) > most:
        raise AnswerInvalid(f"lists more than {most}")
    return value


def _lines(
    most: int, limit: int = MAX_LINE_CHARACTERS, check: Callable[[str], None] = check_line
) -> Callable[[Any], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        read_lines = [_line(each, limit, check) for each in _list(value, most)]
        if len({line.casefold() for line in read_lines}) < len(read_lines):
            raise AnswerInvalid("lists one thing twice")
        return tuple(read_lines)

    return read


def _line(value: object, limit: int, check: Callable[[str], None]) -> str:
    text = " ".join(_text(value).split(" ")).strip()
    if len(text) > limit:
        raise AnswerInvalid(f"has a line of more than {limit} characters")
    check(text)
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise AnswerInvalid("has something that is no text")
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise AnswerInvalid("is neither true nor false")
    return value


def _count(least: int, most: int) -> Callable[[Any], int]:
    def read(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise AnswerInvalid(f"is no number from {least} to {most}")
        return value

    return read


def _contact(value: object) -> str:
    text = _text(value).strip()
    if len(text) > MAX_CONTACT_CHARACTERS:
        raise AnswerInvalid(f"is longer than {MAX_CONTACT_CHARACTERS} characters")
    check_text(text)
    return text


def _pattern(value: object) -> str:
    from imgfile.clinical.local_number import parse_pattern  # noqa: PLC0415 - few practices have one

    return parse_pattern(_text(value)).text


def _sites(value: object) -> tuple[str, ...]:
    from imgfile.clinical.sites.own import MAX_SITES, check_site  # noqa: PLC0415 - few practices have some

    return _lines(MAX_SITES, check=check_site)(value)


_ALL: Final = (
    Setting(key="nation", read=_one_of(Nation), default=None, is_required=True),
    Setting(key="intimate_under_18", read=_one_of(IntimateUnder18), default=None, is_required=True),
    Setting(key="health_attorney", read=_yes_or_no, default=None),
    Setting(
        key="schemes",
        read=_several_of(Scheme),
        default=NATIONAL,
        tightens=lambda schemes: schemes != NATIONAL,  # also by `local`: an older imgfile could not read its records
        format=2,
    ),
    Setting(key="local_number", read=_pattern, default=""),
    Setting(key="may_hand_over_intimate_under_18", read=_yes_or_no, default=False),
    Setting(key="attester_roles", read=_several_of(AttesterRole), default=(), tightens=bool, format=2),
    Setting(
        key="who_may_ask",
        read=_one_of(WhoMayAsk),
        default=WhoMayAsk.ROSTER_AND_STATED,
        tightens=lambda who: who is not WhoMayAsk.ROSTER_AND_STATED,
        format=2,
    ),
    Setting(key="may_ask", read=_lines(MAX_NAMES), default=()),
    Setting(key="allows_oral_teaching", read=_yes_or_no, default=False),
    Setting(key="quarantine_days", read=_count(1, MAX_QUARANTINE_DAYS), default=QUARANTINE_DAYS),
    Setting(key="safeguarding_contact", read=_contact, default=""),
    Setting(
        key="min_rationale_characters",
        read=_count(MIN_RATIONALE_CHARACTERS, MAX_RATIONALE_CHARACTERS),
        default=MIN_RATIONALE_CHARACTERS,
        tightens=lambda count: count > MIN_RATIONALE_CHARACTERS,
        format=2,
    ),
    Setting(key="rationale_phrases", read=_lines(MAX_PHRASES), default=()),
    Setting(key="intimate_sites", read=_sites, default=(), tightens=bool, format=2),
    Setting(key="ordinary_sites", read=_sites, default=()),
)

SETTINGS: Final = MappingProxyType({setting.key: setting for setting in _ALL})
"""Every setting by its key, in the order in which a policy spells them."""


def spelled(value: object) -> str:
    """Write a setting's value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(spelled, value))}]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A practice's policy; a field is called as its key. `intimate_under_18` has no default: a practice decides (R9).

    Its fields are valid as `load` and `imgfile policy` check them; `SETTINGS` says what each may be.
    """

    nation: Nation
    schemes: tuple[Scheme, ...] = NATIONAL
    """Whose numbers are taken. `local` is the practice's own."""
    local_number: str = ""
    """The pattern of the practice's own numbers; empty where it has none."""
    intimate_under_18: IntimateUnder18
    may_hand_over_intimate_under_18: bool = False
    """Whether a clinician may hand such a photo to the practice's own clinical record (R9)."""
    attester_roles: tuple[AttesterRole, ...] = ()
    """As what somebody must be listed in the roster to attest; empty for any registered clinician of it."""
    who_may_ask: WhoMayAsk = WhoMayAsk.ROSTER_AND_STATED
    may_ask: tuple[str, ...] = ()
    """Whom the policy lists, where only they may ask: names, or names and registrations."""
    health_attorney: bool | None = None
    """Whether health attorneys exist here; None leaves it to the nation. Northern Ireland is taken to have none (R7),
    which could not be checked against its source: hence the key."""
    allows_oral_teaching: bool = False
    """Whether recorded oral consent suffices for teaching in the practice (R3); never under 18, never intimate."""
    quarantine_days: int = QUARANTINE_DAYS
    """How long a photo that was set aside may wait for somebody's decision."""
    safeguarding_contact: str = ""
    """Whom to call, in the practice's own words, line by line; empty where it stated nobody (R21)."""
    min_rationale_characters: int = MIN_RATIONALE_CHARACTERS
    rationale_phrases: tuple[str, ...] = ()
    """The practice's own beginnings of a rationale, picked by number: `2 + clotrimazole`."""
    intimate_sites: tuple[str, ...] = ()
    """Body sites that count as intimate here beside the listed ones."""
    ordinary_sites: tuple[str, ...] = ()
    """Body sites that are ordinary here; one that counts as intimate stays so (R10)."""
    unknown_keys: tuple[str, ...] = ()
    """Keys of a later version, kept so that this version knows not to write."""

    @property
    def has_health_attorneys(self) -> bool:
        """Whether a health attorney can decide for a patient of this practice."""
        if self.health_attorney is None:
            return self.nation is not Nation.NORTHERN_IRELAND
        return self.health_attorney

    @property
    def format(self) -> int:
        """The lowest format that says all of it: a station that knows only an older one refuses to file."""
        return max(setting.format_of(getattr(self, setting.key)) for setting in SETTINGS.values())

    @property
    def takes_only(self) -> str:
        """What is said of a number of a scheme that this practice does not take; the end of a sentence."""
        return f"is of a scheme that this practice's policy does not take: only {', '.join(self.schemes)}"

    def read_local(self, text: str) -> str:
        """Read one of the practice's own numbers, with the word for it or without. Raises AnswerInvalid."""
        from imgfile.clinical.local_number import parse_local_number, parse_pattern  # noqa: PLC0415 - ditto

        if Scheme.LOCAL not in self.schemes or not self.local_number:
            raise AnswerInvalid("is said to be local, and this practice's policy has no numbers of its own")
        return parse_local_number(without_local_label(text), parse_pattern(self.local_number))

    def read_number(self, text: str, *, allow_test: bool = False) -> str:
        """Read the ten digits of a number that is not said to be local. Raises AnswerInvalid.

        A local one is never guessed; where what was typed fits the practice's pattern, the error says how it is typed.
        """
        try:
            return parse_number(text, allow_test=allow_test)
        except AnswerInvalid as error:
            if not self._is_like_local(text):
                raise
            raise AnswerInvalid(f"{error.message}; one of this practice's own has the word local before it") from None

    def _is_like_local(self, text: str) -> bool:
        try:
            self.read_local(text)
        except AnswerInvalid:
            return False
        return True

    def patients(self, text: str, scheme: Scheme | None = None, *, allow_test: bool = False) -> tuple[PatientId, ...]:
        """Return whom a number as people type it may name here: one patient for each scheme that fits.

        Only a number whose scheme is in doubt names two; none is returned for a scheme that is not taken. Raises
        AnswerInvalid for what is no number.
        """
        stated = scheme or stated_scheme(text)
        if stated is Scheme.LOCAL:
            return (PatientId(Scheme.LOCAL, self.read_local(text)),)
        number = self.read_number(text, allow_test=allow_test)
        if stated is not None:
            return (PatientId(stated, number, allow_test),) if stated in self.schemes else ()
        return tuple(PatientId(each, number, allow_test) for each in self.schemes_of(number))

    def schemes_of(self, number: str) -> tuple[Scheme, ...]:
        """Return the schemes that a checked number may belong to here."""
        return tuple(scheme for scheme in schemes_for(number, self.nation) if scheme in self.schemes)


def load(data: bytes) -> Policy:
    """Read a policy. Raises Damaged, whatever the bytes."""
    document = _document(data)
    values: dict[str, Any] = {}  # a key is a field of Policy, and its setting makes that field's type
    for key, setting in SETTINGS.items():
        if key in document:
            try:
                values[key] = setting.read(document[key])
            except AnswerInvalid as error:
                raise _damaged(f"{key} {error.message}") from None
    if missing := [key for key, setting in SETTINGS.items() if setting.is_required and key not in values]:
        raise _damaged(f"{missing[0]} is missing")
    return Policy(**values, unknown_keys=tuple(sorted(document.keys() - SETTINGS.keys() - {"format"})))


def _document(data: bytes) -> dict[str, object]:
    if len(data) > MAX_POLICY_BYTES:
        raise _damaged("it is too large")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):  # a number of many digits and deep brackets escape tomllib's own error
        raise _damaged("it is not TOML") from None
    if type(document.get("format")) is not int or document["format"] < 1:
        raise _damaged("it states no format")
    if document["format"] > FORMAT:
        raise Damaged(
            "the practice policy was written by a newer imgfile, and says what this one would not obey.",
            "Update imgfile on this computer. What is filed can be listed and shown all the same.",
        )
    return document


def dump(policy: Policy) -> bytes:
    """Write a policy in its one spelling. Raises NotWritable when it has keys of a later version."""
    if policy.unknown_keys:
        raise NotWritable("this policy has settings of a newer imgfile.", "Update imgfile, then change the policy.")
    lines = [f"format = {policy.format}"]
    for key, setting in SETTINGS.items():
        value = getattr(policy, key)
        if value != setting.default:
            lines.append(f"{key} = {spelled(value)}")
    data = "".join(f"{line}\n" for line in lines).encode()
    if len(data) > MAX_POLICY_BYTES:
        raise NotWritable(f"the policy is {len(data):,} bytes; the most is {MAX_POLICY_BYTES:,}.", "Shorten its lists.")
    return data


def _damaged(reason: str) -> Damaged:
    return Damaged(f"the practice policy cannot be read: {reason}.", "Restore the vault's policy folder from a backup.")
