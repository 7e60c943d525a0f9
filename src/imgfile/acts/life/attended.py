"""What is changed of an intimate photo by somebody who is asked: whatever of a child's (R9), or that it is one (R10).

Judged by the answers that result, a birth date or a number given by a flag would make it an adult's, and none of R9's
bounds would hold of it any more. So what it is before the act counts too, at every act on a record's life.
"""

from __future__ import annotations

from imgfile.clinical.filing import Filing
from imgfile.clinical.permitted_uses import shows_child_intimately
from imgfile.clinical.record.model import Record
from imgfile.errors import RefusedByRule


def expect_attended(now: Record, *, is_asked: bool) -> None:
    """Refuse to change an intimate photo of a child where nobody is asked. Raises `RefusedByRule`."""
    if not is_asked and shows_child_intimately(now):
        raise RefusedByRule(
            "R9",
            "it is an intimate photo of a child: a clinician changes it at the terminal, whatever it would be then.",
            "Nothing was changed. Run it there.",
        )


def expect_intimate_stays(now: Record, filing: Filing, *, is_asked: bool) -> None:
    """Refuse to make an intimate photo an ordinary one where nobody is asked. Raises `RefusedByRule`."""
    if not is_asked and now.decision.intimate_site is not None and not filing.is_intimate:
        raise RefusedByRule(
            "R10", "it was filed as intimate: that it is not, a clinician says at the terminal.", "Nothing was changed."
        )
