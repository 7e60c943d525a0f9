"""What the steps of any history share: the practice, the model of what holds, and adding to a record of it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from imgfile.acts.life.person import admit_person
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import Said
from imgfile.errors import Error, RefusedByRule
from imgfile.vault.access import Vault
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.roster.model import Role
from kit.vault.filings import MOLE
from kit.vault.life_model import CLINICIAN, FOUNDER, SENIOR, Model, Record
from kit.vault.lives import GP
from kit.vault.many_hands import A_JPEG, FIRST_PHOTO, LATER, World

ANSWERS = {
    "left": MOLE,
    "right": {**MOLE, "patient": "9990000026", "dob": "3/3/51", "body_site": "left forearm"},
    "renumbered": {**MOLE, "patient": "9990000034"},
}
"""Three numbers of two patients, each with an answer to every question."""
COMPUTERS = st.sampled_from((0, 1))
PATIENTS = st.sampled_from(sorted(ANSWERS))
PICKS = st.integers(0, 3)
A_CLINICIAN = st.sampled_from((FOUNDER, SENIOR))
"""Who is one as a history begins."""
GONE = "is gone|wrong patient|number changed"
MOST = 4
"""How many photos are filed, and put into the inbox, in one history."""


class AnyHistory(RuleBasedStateMachine):
    """A practice, and the model of what holds."""

    world: ClassVar[World]
    aside: ClassVar[Path]
    """A file that is left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.world.anew()
        self.model = Model([Record(self.world.first, "left", FIRST_PHOTO, "left shoulder")])
        self.touched: set[Record] = set()
        self.photos = 0
        self.ever: dict[str, bytes] = {}
        """Every file that lay in the vault, as it was, but for the keys."""
        self.ever_keys: dict[str, bytes] = {}

    def _record(self, pick: int) -> Record:
        record = self.model.records[pick % len(self.model.records)]
        self.touched.add(record)
        return record

    def _data(self) -> bytes:
        self.photos += 1
        return A_JPEG + b"photo %d" % self.photos

    def _may(self, vault: Vault, who: str, roles: frozenset[Role] = CLINICIAN) -> bool:
        """Return whether somebody may act in one of these roles by now; nobody else is let in."""
        if self.model.may(who, roles):
            return True
        with pytest.raises(Error):
            admit_person(vault, [self.world.people[who][0]], roles, "do that")
        return False

    def _add(  # noqa: PLR0913 - a step: where, to what, which words, by whom, knowing what
        self,
        at: int,
        record: Record,
        said: Said,
        *effects: Effect,
        ends: tuple[Digest, ...] = (),
        by: str = "",
        is_stale: bool = False,
    ) -> Digest | None:
        """Add at a computer, to what it knew; return what is there since, None where the record is gone."""
        with self.world.at(at) as vault:
            if by and not self._may(vault, by):
                return None
            to, known = self._known(vault, record, is_stale=is_stale)
            new = NewAddition(said=said, by=GP, at=LATER, effects=frozenset(effects), ends=ends)
            key = self.world.people[by][1] if by else None
            if record.gone is not None and not (record.is_kept and Effect.RELEASED in effects):
                with vault.station.locked(), pytest.raises(RefusedByRule, match=GONE):
                    add(vault, to, new, key)
                return None
            with vault.station.locked():
                after = add(vault, to, new, key)
        (digest,) = {each.digest for each in after.additions} - record.known.keys()
        record.known[digest] = known
        return digest

    @staticmethod
    def _known(vault: Vault, record: Record, *, is_stale: bool) -> tuple[History, frozenset[Digest]]:
        if is_stale and record.stale is not None:
            return record.stale.history, record.stale.digests
        return load_history(vault, record.of), frozenset(record.known)
