"""Whose a computer is, as an administrator types it on one line: `Dr B. Colleague, doctor, GMC 7111111`.

A name; then roles, with `and` between several; then a registration, which has a digit. A role that attests (doctor,
nurse, …) is a clinician's, and needs the registration. Roles may be left out of somebody who is listed already.
"""

from __future__ import annotations

import re
from typing import Final

from imgfile.clinical.text import check_line
from imgfile.clinical.vocabulary import AttesterRole
from imgfile.errors import AnswerInvalid
from imgfile.vault.joining.grant import Whose
from imgfile.vault.roster.model import Role

_ROLES: Final[dict[str, Role | AttesterRole]] = {
    **{role.value.replace("_", " "): role for role in AttesterRole},
    **{role.value.replace("_", " "): role for role in Role},
}
_BESIDES: Final[dict[str, Role | AttesterRole]] = {
    "gp": AttesterRole.DOCTOR,
    "physician": AttesterRole.DOCTOR,
    "midwife": AttesterRole.OTHER_REGISTRANT,
    "pharmacist": AttesterRole.OTHER_REGISTRANT,
    "paramedic": AttesterRole.OTHER_REGISTRANT,
    "admin": Role.ADMINISTRATOR,
    "receptionist": Role.RECEPTION,
    "caldicott guardian": Role.PRIVACY_LEAD,
}
"""What people say for a role."""
_ATTESTING: Final = frozenset({Role.CLINICIAN, Role.SENIOR_CLINICIAN})


def whose(text: str) -> Whose:
    """Read whose a computer is. Raises `AnswerInvalid`."""
    name, *rest = (part.strip() for part in text.split(","))
    check_line(name)
    registration = rest.pop() if rest and any(char.isdigit() for char in rest[-1]) else ""
    if registration:
        check_line(registration)
    roles: set[Role] = set()
    attester = ""
    for word in _role_words(rest):
        known = _role(word)
        if isinstance(known, AttesterRole):
            roles.add(Role.CLINICIAN)
            attester = known.value
        else:
            roles |= {Role.CLINICIAN, known} if known is Role.SENIOR_CLINICIAN else {known}
    if roles & _ATTESTING and not registration:
        raise AnswerInvalid("needs a registration too, at the end: Dr B. Colleague, doctor, GMC 7111111")
    return Whose(name, registration, tuple(sorted(roles)), attester)


def _role_words(parts: list[str]) -> list[str]:
    return [word for part in parts for word in re.split(r"\s+and\s+|[/+&;]", part.strip()) if word.strip()]


def _role(word: str) -> Role | AttesterRole:
    spelt = " ".join(re.split(r"[\s_]+", word.strip().casefold()))
    found = _ROLES.get(spelt) or _BESIDES.get(spelt)
    if found is None:
        raise AnswerInvalid(f"has no role between name and registration; one of: {', '.join(_ROLES)}")
    return found
