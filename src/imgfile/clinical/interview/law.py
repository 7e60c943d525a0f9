"""Competence, capacity and who decides instead, nation by nation, in words: whose law it is, and what it asks.

Sources: Gillick v West Norfolk and Wisbech AHA [1986] AC 112; Age of Legal Capacity (Scotland) Act 1991, s2(4);
Mental Capacity Act 2005, ss1-4 and 9; Adults with Incapacity (Scotland) Act 2000, ss1, 47; Mental Capacity Act
(Northern Ireland) 2016, whose Parts 5 and 6 stand as prospective at legislation.gov.uk (11 November 2024); Mental
Health (Northern Ireland) Order 1986, Part VIII, on controllers. It helps somebody to remember what to look for and to
write down; it is no advice on a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from imgfile.clinical.vocabulary import Nation

_GILLICK: Final = (
    "Gillick v West Norfolk and Wisbech AHA [1986]: under 16, a child can consent who has the understanding and "
    "intelligence to grasp fully what is proposed. Of a photo that is: what it is for, who will see it, that it is "
    "kept, that they may say no, and what happens then. It is assessed for this decision, not once for all. Write down "
    "who assessed it, what the child said in their own words, and whether a parent was to know."
)
_BEST_INTERESTS: Final = (
    "A clinician decides; what counts is the patient's past and present wishes, feelings, beliefs and values, and the "
    "less restrictive way. Write down who was consulted: whom the patient named, who cares for them, an attorney or "
    "deputy; or why nobody was."
)

COMPETENCE: Final[Mapping[Nation, str]] = MappingProxyType(
    {
        Nation.ENGLAND: _GILLICK,
        Nation.WALES: _GILLICK,
        Nation.SCOTLAND: "Age of Legal Capacity (Scotland) Act 1991, s2(4): under 16, a child can consent to a medical "
        "procedure or treatment where, in the opinion of a qualified medical practitioner attending them, they are "
        "capable of understanding its nature and possible consequences. Of a photo that is: what it is for, who will "
        "see it, that it is kept, that they may say no. Write down which practitioner found it, and by what.",
        Nation.NORTHERN_IRELAND: f"Gillick is taken as the guide here too, which could not be checked against a "
        f"source of this nation. {_GILLICK}",
    }
)
"""Whether a child under 16 can decide alone."""

CAPACITY: Final[Mapping[Nation, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (Nation.ENGLAND, Nation.WALES),
            "Mental Capacity Act 2005, ss1-3: from 16, capacity is presumed, and an unwise decision is no sign of "
            "lacking it. A patient lacks it for this decision, at this time, who even with all practicable help cannot "
            "understand what it is about, keep it in mind, weigh it, or communicate a choice, because of an "
            "impairment or disturbance of mind or brain. Write down who assessed it, when, and which of the four "
            "failed.",
        ),
        Nation.SCOTLAND: "Adults with Incapacity (Scotland) Act 2000, s1(6): from 16, a patient is incapable who "
        "cannot act on, make, communicate or understand a decision, or keep it in memory, by reason of mental "
        "disorder or of being unable to communicate. Treatment without consent rests on a certificate under s47: "
        "write down its reference, and who issued it.",
        Nation.NORTHERN_IRELAND: "From 16, capacity is presumed (Mental Capacity Act (Northern Ireland) 2016, of which "
        "only parts are commenced; common law beside it). A patient lacks it for this decision who even with help "
        "cannot understand it, keep it in mind, weigh it, or communicate a choice. Write down who assessed it, and "
        "when.",
    }
)
"""Whether a patient of 16 and over can decide."""

INSTEAD: Final[Mapping[Nation, str]] = MappingProxyType(
    {
        **dict.fromkeys(
            (Nation.ENGLAND, Nation.WALES),
            "An attorney under a registered lasting power of attorney for health and welfare, which nobody makes below "
            "18, or a deputy of the Court of Protection: write down the name, and which document says so and who saw "
            f"it. Otherwise best interests (Mental Capacity Act 2005, s4). {_BEST_INTERESTS}",
        ),
        Nation.SCOTLAND: "A welfare attorney or a guardian: write down the name, and which document says so and who "
        "saw it. Otherwise the intervention must benefit the patient, be the least restrictive one, and take account "
        "of their past and present wishes (Adults with Incapacity (Scotland) Act 2000, s1); parents decide until 16 "
        "alone. Write down who was consulted: the nearest relative, the primary "
        "carer, an attorney or guardian; or why nobody was.",
        Nation.NORTHERN_IRELAND: "There is neither an attorney nor a deputy for health (Parts 5 and 6 of the Mental "
        "Capacity Act (Northern Ireland) 2016 are not commenced; a practice whose advice differs says so in its "
        "policy), and a controller decides about property alone. Where a court decided, write down its order. "
        f"Otherwise best interests. {_BEST_INTERESTS}",
    }
)
"""Who decides where the patient cannot."""

TOPICS: Final = MappingProxyType({"competence": COMPETENCE, "capacity": CAPACITY, "deciding_instead": INSTEAD})
"""What is explained nation by nation."""

_BY_QUESTION: Final = MappingProxyType(
    {
        "competence": ("competence",),
        "competence_evidence": ("competence",),
        "capacity": ("capacity", "deciding_instead"),
        "capacity_evidence": ("capacity",),
        "decided_by": ("deciding_instead",),
        "authority": ("deciding_instead",),
        "consulted": ("deciding_instead",),
        "deciding_instead": ("deciding_instead",),
    }
)


def of(slug: str, nation: Nation) -> tuple[str, ...]:
    """Return what the law of a nation says of a question, by its slug; nothing of most."""
    return tuple(TOPICS[name][nation] for name in _BY_QUESTION.get(slug, ()))
