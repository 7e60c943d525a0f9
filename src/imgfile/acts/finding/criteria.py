"""What a photo that is looked for must be: judged from its facts as they are now, after every amendment.

1. Whatever is given must hold; of several purposes or states of consent one suffices.
2. Words are compared as body sites are: without case, accents, punctuation or a plural s. A word that is looked for
   stands anywhere, whole or as the beginning of one.
3. A photo is of the day on which it was taken; where its camera said none, of the day on which it was filed.
"""

from __future__ import annotations

from datetime import datetime

from imgfile.acts.disclosure.agreed import agreed_by
from imgfile.acts.disclosure.of_patient import made_at
from imgfile.clinical.codes import Code
from imgfile.clinical.dates import ANY_DAY, Days
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.record.model import Record
from imgfile.clinical.sites.match import stand_in
from imgfile.clinical.vocabulary import Purpose
from imgfile.frozen import dataclass, field
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records.manifest import Manifest


class ConsentState(Code):
    """How a photo stands with those who may say what becomes of it; several can hold at once."""

    GIVEN = "given", "somebody agreed, and nobody withdrew"
    OTHER_BASIS = "other_basis", "nobody agreed: a clinician, a court or the law decided"
    WITHDRAWN = "withdrawn", "consent was withdrawn: it is not to be used"
    HELD = "held", "a legal hold keeps it from being destroyed"
    BEYOND_CARE = "beyond_care", "somebody agreed to a use beyond care, and nobody withdrew"
    SAFEGUARDING_HOLD = "safeguarding_hold", "its photo is on a safeguarding hold, at whichever computer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What is looked for; a part that was not given is met by every photo. No part of it shows in a `repr`."""

    words: tuple[str, ...] = field(default=(), repr=False)
    """Each in the body site, the rationale, the purpose, a name, or as the beginning of the reference."""
    site: tuple[str, ...] = field(default=(), repr=False)
    rationale: tuple[str, ...] = field(default=(), repr=False)
    who: tuple[str, ...] = field(default=(), repr=False)
    """Asked for it, attested it, or is the computer that filed it."""
    made: Days = ANY_DAY
    filed: Days = ANY_DAY
    purposes: frozenset[Purpose] = frozenset()
    states: frozenset[ConsentState] = frozenset()
    follows: RecordId | None = None

    def may_match(self, of: Manifest) -> bool:
        """Return whether a record can be one of those, by what its manifest says in clear."""
        return of.filed_at.astimezone().date() in self.filed

    def match(
        self, opened: OpenedRecord, computer: str, policy: Policy, *, is_safeguarded: bool | None = False
    ) -> bool:
        """Return whether an open record is one of those; `computer` is what the one that filed it is called.

        `is_safeguarded`: whether its photo is on a safeguarding hold; None where nobody can know, so that it may be.
        """
        facts = opened.facts
        decision = facts.decision
        return (
            made_at(facts).date() in self.made
            and (not self.purposes or decision.purpose in self.purposes)
            and self.follows in {None, decision.follows}
            and self._is_in_state(opened, policy, is_safeguarded=is_safeguarded)
            and stand_in(self.site, [decision.body_site])
            and stand_in(self.rationale, [decision.rationale])
            and stand_in(self.who, names_of(facts, computer))
            and self._words_match(opened, computer)
        )

    def _is_in_state(self, opened: OpenedRecord, policy: Policy, *, is_safeguarded: bool | None) -> bool:
        meant = is_safeguarded is not False
        return not self.states or bool(self.states & states_of(opened, policy, is_safeguarded=meant))

    def _words_match(self, opened: OpenedRecord, computer: str) -> bool:
        facts = opened.facts
        decision, reference = facts.decision, opened.manifest.reference.replace("-", "")
        texts = [decision.body_site, decision.rationale, decision.purpose.label, reference, *names_of(facts, computer)]
        return stand_in(self.words, texts)


def states_of(opened: OpenedRecord, policy: Policy, *, is_safeguarded: bool = False) -> frozenset[ConsentState]:
    """Return how a photo stands now, under the practice's policy of today."""
    stopped = opened.history.is_use_stopped
    is_agreement = opened.facts.consent.basis.terms.is_agreement
    holds = {
        ConsentState.GIVEN: is_agreement and not stopped,
        ConsentState.OTHER_BASIS: not is_agreement,
        ConsentState.WITHDRAWN: stopped,
        ConsentState.HELD: opened.history.is_held,
        ConsentState.BEYOND_CARE: bool(agreed_by(opened, policy, today=datetime.now().astimezone().date())),
        ConsentState.SAFEGUARDING_HOLD: is_safeguarded,
    }
    return frozenset(state for state, does_hold in holds.items() if does_hold)


def names_of(facts: Record, computer: str) -> list[str]:
    """Return who had to do with a photo: who asked for it, who attested it, the computer that filed it."""
    attested = facts.decision.attested_by
    return [facts.consent.obtained_by, *([str(attested)] if attested else []), computer]
