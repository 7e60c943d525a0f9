"""On whose decision a photo is made and kept: the table of consent bases, one row a basis (rules R1, R6 to R8, R10).

Everything that turns on a basis is read from its row: what the rules refuse, who can give it, what is asked for it,
what the prompt offers to whom, and in which words the decision is summed up. A new basis is a new row. Rows are in the
order in which the vocabulary lists them; a code never changes and never goes.

Sources: GMC, "Making and using visual and audio recordings of patients"; Mental Capacity Act 2005, of which s9(2)(c)
lets nobody make a lasting power of attorney below 18; Age of Legal Capacity (Scotland) Act 1991, s1, and Children
(Scotland) Act 1995, s2(7): from 16 nobody consents as a parent there, and the Adults with Incapacity (Scotland) Act
2000 holds; Mental Capacity Act (Northern Ireland) 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final, Self

from imgfile.clinical.codes import Code
from imgfile.frozen import dataclass, field

DECIDES_ALONE_YEARS: Final = 16
"""From this age patients decide for themselves (R6)."""
ADULT_YEARS: Final = 18
COMPETENCE_OFFERED_FROM_YEARS: Final = 10
"""Competence has no lower age in law; a younger child's is not offered, but is accepted where it is stated."""


class ConsentGiver(Code):
    """Who agreed."""

    PATIENT = "patient", "patient"
    MOTHER = "mother", "mother"
    FATHER = "father", "father"
    PARENT_OTHER = "parent_other", "other parent"
    GUARDIAN = "guardian", "guardian"
    ATTORNEY_HW = "attorney_hw", "attorney"
    DEPUTY = "deputy", "deputy"
    LOCAL_AUTHORITY = "local_authority", "local authority"
    CLINICIAN_BEST_INTERESTS = "clinician_best_interests", "clinician"
    NONE = "none", "nobody"

    @property
    def agrees(self) -> bool:
        """Whether it is somebody who can agree, and take that back: neither nobody, nor a clinician who decides."""
        return self not in {ConsentGiver.NONE, ConsentGiver.CLINICIAN_BEST_INTERESTS}


class AgeGroup(Enum):
    """An age, by what a prompt offers for it; the value is where the group begins, in whole years."""

    YOUNG_CHILD = 0
    OLDER_CHILD = COMPETENCE_OFFERED_FROM_YEARS
    SIXTEEN = DECIDES_ALONE_YEARS
    ADULT = ADULT_YEARS

    @classmethod
    def of(cls, years: int | None) -> AgeGroup:
        """Return the group of an age in whole years; an age that is not known yet is taken for an adult's."""
        return cls.ADULT if years is None else next(group for group in reversed(cls) if years >= group.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The row of one basis beside its code and its words."""

    givers: tuple[ConsentGiver, ...]
    """Who can give the consent that the basis rests on."""
    giver_in_scotland: ConsentGiver | None = None
    """Who is taken to have given it in Scotland, where elsewhere the first of the givers is; of several givers without
    this, somebody must say which."""
    from_years: int = 0
    """R6: below this age the basis does not hold."""
    from_years_in: Mapping[str, int] = field(default_factory=dict)
    """That age, by the code of each nation in which it is another one."""
    until_years: int | None = None
    """R6: from this age the basis does not hold any more."""
    until_years_in: Mapping[str, int] = field(default_factory=dict)
    """That age, by the code of each nation in which it is another one."""
    lacks_capacity_from_years: int | None = None
    """R7: from this age it needs evidence that the patient lacks capacity. 0 is a substitute: who decides because of
    that and of nothing else."""
    presumes_capacity: bool = False
    """Whether it is the patient's who is presumed to have capacity."""
    is_agreement: bool = True
    """Whether somebody agreed. Otherwise a clinician or the law decided, and no form of consent applies."""
    is_explicit: bool = True
    """R10: whether somebody decided about this very photo."""
    is_filed_on: bool = True
    """R1: whether anything is filed on this basis."""
    supports_secondary_uses: bool = True
    """R8: whether it can support teaching, research or publication."""
    needs_health_attorneys: bool = False
    """R7: whether it exists only where the law knows health attorneys."""
    names_decider: bool = False
    """R7: whether somebody decides because a document says so: who that is, and which document, is asked."""
    is_consulted_on: bool = False
    """R7: whether a clinician decides for the patient, and says who was consulted."""
    needs_competence: bool = False
    """R6: whether it needs a record of how the child's competence was assessed."""
    states_parental_responsibility: bool = False
    """Whether it says how parental responsibility is known."""
    meant_for: str = ""
    """What the GMC's guidance has it for, where a photo that a patient sends is hardly that."""
    offered: Mapping[AgeGroup, int] = field(default_factory=dict)
    """The place at which a prompt offers it to each age; it has no room for more."""
    is_listed: bool = False
    """Whether, from 16, `?` lists it where the prompt does not offer it."""
    offered_as: str = ""
    """What a prompt calls it, where that is not its label."""
    offered_in_scotland_as: str = ""
    """What a prompt in Scotland calls it, where that is something else."""

    @property
    def is_substitute(self) -> bool:
        """Whether it exists only because the patient lacks capacity."""
        return self.lacks_capacity_from_years == 0

    def holds_from(self, nation: str) -> int:
        """Return from which age the basis holds by the law of a nation."""
        return self.from_years_in.get(nation, self.from_years)

    def holds_until(self, nation: str) -> int | None:
        """Return at which age the basis ends by the law of a nation; None where it does not."""
        return self.until_years_in.get(nation, self.until_years)

    @property
    def is_patients_own(self) -> bool:
        """Whether nobody but the patient can give it."""
        return self.givers == (ConsentGiver.PATIENT,)


_NOBODY: Final = (ConsentGiver.NONE,)


class ConsentBasis(Code):
    """On whose decision the photo was made and is kept (GMC; not the data-protection basis)."""

    terms: Terms

    def __new__(cls, code: str, label: str = "", terms: Terms | None = None) -> Self:
        """Add the row to the code and its words."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.terms = terms or Terms(givers=_NOBODY)
        return member

    PATIENT_CAPACITY_16PLUS = (
        "patient_capacity_16plus",
        "patient's own",
        Terms(
            givers=(ConsentGiver.PATIENT,),
            from_years=DECIDES_ALONE_YEARS,
            presumes_capacity=True,
            offered={AgeGroup.SIXTEEN: 1, AgeGroup.ADULT: 1},
            offered_as="patient's own (capacity presumed)",
        ),
    )
    COMPETENT_MINOR = (
        "competent_minor",
        "competent child's own",
        Terms(
            givers=(ConsentGiver.PATIENT,),
            until_years=DECIDES_ALONE_YEARS,
            needs_competence=True,
            offered={AgeGroup.OLDER_CHILD: 1},
        ),
    )
    PARENTAL_RESPONSIBILITY = (
        "parental_responsibility",
        "parental responsibility",
        Terms(
            givers=(ConsentGiver.MOTHER, ConsentGiver.FATHER, ConsentGiver.PARENT_OTHER, ConsentGiver.GUARDIAN),
            until_years=ADULT_YEARS,
            until_years_in={"scotland": DECIDES_ALONE_YEARS},
            lacks_capacity_from_years=DECIDES_ALONE_YEARS,
            states_parental_responsibility=True,
            offered={AgeGroup.YOUNG_CHILD: 2, AgeGroup.OLDER_CHILD: 2, AgeGroup.SIXTEEN: 3},
        ),
    )
    LOCAL_AUTHORITY_OR_COURT = (
        "local_authority_or_court",
        "local authority or court",
        Terms(
            givers=(ConsentGiver.LOCAL_AUTHORITY, ConsentGiver.GUARDIAN),
            until_years=ADULT_YEARS,
            lacks_capacity_from_years=DECIDES_ALONE_YEARS,
            offered={AgeGroup.YOUNG_CHILD: 3, AgeGroup.OLDER_CHILD: 3, AgeGroup.SIXTEEN: 4},
        ),
    )
    HEALTH_WELFARE_ATTORNEY = (
        "health_welfare_attorney",
        "attorney",
        Terms(
            givers=(ConsentGiver.ATTORNEY_HW,),
            from_years=DECIDES_ALONE_YEARS,
            from_years_in=dict.fromkeys(("england", "wales"), ADULT_YEARS),
            lacks_capacity_from_years=0,
            needs_health_attorneys=True,
            names_decider=True,
            offered={AgeGroup.ADULT: 2},
        ),
    )
    COURT_DEPUTY_OR_GUARDIAN = (
        "court_deputy_or_guardian",
        "deputy",
        Terms(
            givers=(ConsentGiver.DEPUTY, ConsentGiver.GUARDIAN),
            giver_in_scotland=ConsentGiver.GUARDIAN,
            names_decider=True,
            from_years=DECIDES_ALONE_YEARS,
            lacks_capacity_from_years=0,
            offered={AgeGroup.ADULT: 3},
            is_listed=True,
            offered_in_scotland_as="guardian",
        ),
    )
    BEST_INTERESTS_OR_BENEFIT = (
        "best_interests_or_benefit",
        "best interests",
        Terms(
            givers=(ConsentGiver.CLINICIAN_BEST_INTERESTS,),
            is_consulted_on=True,
            lacks_capacity_from_years=DECIDES_ALONE_YEARS,
            is_agreement=False,
            supports_secondary_uses=False,
            offered={AgeGroup.YOUNG_CHILD: 4, AgeGroup.OLDER_CHILD: 4, AgeGroup.SIXTEEN: 2, AgeGroup.ADULT: 4},
            offered_in_scotland_as="benefit to the patient",
        ),
    )
    IMPLICIT_GMC10 = (
        "implicit_gmc10",
        "implicit in the procedure (GMC 10)",
        Terms(
            givers=_NOBODY,
            from_years=DECIDES_ALONE_YEARS,
            is_agreement=False,
            is_explicit=False,
            meant_for="for images of internal organs, slides, endoscopy, ultrasound and X-rays alone: for any other, "
            "consent is asked (GMC 13)",
            is_listed=True,
        ),
    )
    ANONYMISED_GMC17 = (
        "anonymised_gmc17",
        "anonymised (GMC 17)",
        Terms(
            givers=_NOBODY,
            from_years=DECIDES_ALONE_YEARS,
            is_agreement=False,
            is_explicit=False,
            meant_for="for using an anonymised recording that was made for care, not for making one",
            is_listed=True,
        ),
    )
    LEGAL_OR_COURT_ORDER = (
        "legal_or_court_order",
        "law or court order",
        Terms(givers=_NOBODY, from_years=DECIDES_ALONE_YEARS, is_agreement=False, is_listed=True),
    )
    PUBLIC_INTEREST = (
        "public_interest",
        "public interest",
        Terms(givers=_NOBODY, from_years=DECIDES_ALONE_YEARS, is_agreement=False, is_listed=True),
    )
    DECEASED_PRIOR_WISHES = (
        "deceased_prior_wishes",
        "wishes before death",
        Terms(givers=_NOBODY, from_years=DECIDES_ALONE_YEARS, is_agreement=False, is_listed=True),
    )
    NOT_OBTAINED = ("not_obtained", "not obtained", Terms(givers=_NOBODY, is_agreement=False, is_filed_on=False))
