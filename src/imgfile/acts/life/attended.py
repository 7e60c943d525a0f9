"""An intimate photo of a child is changed by somebody who is asked, whatever it would become (R9).

Judged by the answers that result, a birth date or a number given by a flag would make it an adult's, and none of R9's
bounds would hold of it any more. So what it is before the act counts too, at every act on a record's life.
"""

from __future__ import annotations

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
