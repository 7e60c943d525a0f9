"""The page that a practice hands to patients: what happens with a photo they send, as its policy has it.

It says what the practice does and never that anything is lawful. What the policy leaves open is left for the practice
to fill in, between square brackets: its name, whom to write to.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from imgfile.clinical.policy import Policy
from imgfile.clinical.vocabulary import IntimateUnder18, Nation, WhoMayAsk
from imgfile.counts import counted

COLUMNS: Final = 76
_FILED: Final = (
    "A copy without hidden data, such as the place where it was taken, becomes part of your medical record. It is "
    "encrypted. Once that copy is proven, we erase the photo from the message that brought it; your mail provider may "
    "keep backups of its own."
)
_WITHDRAWN: Final = (
    "You may say no, and that changes nothing in your care: ask to be seen face to face. You may say at any time that "
    "a photo is not to be used any more. One that has informed your care may have to stay in your record."
)
_ASKED: Final = {
    WhoMayAsk.ROSTER_AND_STATED: "Please send a photo only when somebody of the practice, or another registered "
    "professional who looks after you, has asked you for it.",
    WhoMayAsk.ROSTER: "Please send a photo only when somebody of the practice has asked you for it.",
    WhoMayAsk.LISTED: "Please send a photo only when one of these people has asked you for it: ",
}
_UNDER_16: Final = {
    Nation.ENGLAND: "Under 16, a young person who understands what the photo is for can decide alone. Otherwise a "
    "parent, or whoever has parental responsibility, decides.",
    Nation.SCOTLAND: "Under 16, a young person who, in the view of the professional who looks after them, understands "
    "what the photo is for and what may come of it can decide alone. Otherwise a parent, or whoever has parental "
    "responsibilities and rights, decides.",
}
_INSTEAD: Final = {
    Nation.ENGLAND: "For an adult who cannot decide, an attorney or deputy does, or we decide in their best interests "
    "and ask those who know them.",
    Nation.SCOTLAND: "For an adult who cannot decide, an attorney or guardian does, or we decide for their benefit and "
    "ask those who know them.",
    Nation.NORTHERN_IRELAND: "For an adult who cannot decide, we decide in their best interests and ask those who know "
    "them.",
}


def notice(policy: Policy) -> str:
    """Write the page, as plain text."""
    parts = ["Photos for your care", "[name of the practice]"]
    for heading, *texts in _sections(policy):
        parts.append(heading)
        parts += [_bullet(text) for text in texts]
    return "\n\n".join(parts) + "\n"


def _bullet(text: str) -> str:
    return "\n".join(textwrap.wrap(text, COLUMNS, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False))


def _sections(policy: Policy) -> Iterator[tuple[str, ...]]:
    yield "When you send one", _asked(policy), _unasked(policy), *_intimate(policy)
    yield (
        "What happens with it",
        _FILED,
        "We use it for your care. Every look at it is recorded, with who and why.",
        *_teaching(policy),
    )
    yield "Who decides", *_deciding(policy)
    yield (
        "If you change your mind",
        _WITHDRAWN,
        "You may ask to see what we hold: [whom to write to, and where].",
    )


def _asked(policy: Policy) -> str:
    if policy.who_may_ask is WhoMayAsk.LISTED:
        return f"{_ASKED[WhoMayAsk.LISTED]}{', '.join(name.partition(',')[0] for name in policy.may_ask)}."
    return _ASKED[policy.who_may_ask]


def _unasked(policy: Policy) -> str:
    days = counted(policy.quarantine_days, "day")
    return (
        "A photo that nobody asked for is not put into your record until we have spoken to you. If one has to be set "
        f"aside, somebody decides within {days}."
    )


def _intimate(policy: Policy) -> Iterator[str]:
    yield (
        "Intimate photos (breasts, genital or anal area, buttocks, groin, nappy area, in underwear too, and whatever "
        "you regard as intimate) need your clear agreement. Sending one is not enough."
    )
    if policy.intimate_sites:
        yield f"We treat these as intimate too: {', '.join(policy.intimate_sites)}."
    if policy.intimate_under_18 is IntimateUnder18.REFUSE:
        yield (
            "We do not keep intimate photos of anybody under 18. Please do not send one: call us, and we will see the "
            "young person, and describe in the record what we saw."
        )
        return
    yield (
        "Do not send an intimate photo of anybody under 18 unless a clinician has asked you for it. We keep one only "
        "if a named, registered clinician confirms that it is needed, that seeing the young person was considered, "
        "and that you were told who will see it. It is never used for teaching, research or publication."
    )
    if policy.may_hand_over_intimate_under_18:
        yield "A clinician may add such a photo to the young person's clinical record in our practice's own system."


def _teaching(policy: Policy) -> Iterator[str]:
    if policy.allows_oral_teaching:
        yield (
            "Within the practice we may teach with an adult's photo if you agreed to that, and we wrote down that you "
            "did; never with an intimate one. Any other use beyond your care needs your consent in writing, for that "
            "use alone."
        )
    else:
        yield (
            "Any use beyond your care, such as teaching or research, needs your consent in writing, for that use alone."
        )
    yield "We never use photos for marketing or social media, or to train products or AI."


def _deciding(policy: Policy) -> Iterator[str]:
    nation = policy.nation
    yield "From 16, you decide for yourself."
    yield _UNDER_16.get(nation, _UNDER_16[Nation.ENGLAND])
    instead = _INSTEAD.get(nation, _INSTEAD[Nation.ENGLAND])
    if nation is not Nation.SCOTLAND and not policy.has_health_attorneys:
        instead = _INSTEAD[Nation.NORTHERN_IRELAND]
    yield instead
