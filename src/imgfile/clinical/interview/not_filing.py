"""What is asked about a photo that is not to be filed: words and explanations, read only where somebody says so."""

from __future__ import annotations

from typing import Final

from imgfile.clinical.interview.choices import DISPOSED, Choice, numbered
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.vocabulary import Disposition
from imgfile.frozen import dataclass

_CLINICIAN: Final = "A clinician, at their own computer."
_WHOEVER: Final = "Whoever has seen the photo."


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: its words, and what `?` says of it."""

    words: str
    explained: Explanation


WITH_COPY: Final = "quarantine_with_copy"
WAYS: Final = (
    *(
        Choice(code, words, DISPOSED[code])
        for code, words in (
            (Disposition.DESCRIBE_AND_DESTROY, "describe it in the record, then erase it"),
            (Disposition.REJECT_RETURN, "reject it, with a text for the sender"),
            (Disposition.QUARANTINE, "set it aside until somebody decides"),
            (Disposition.SAFEGUARDING_HOLD, "safeguarding concern: leave it exactly as it is"),
        )
    ),
    Choice(WITH_COPY, "set it aside, with a sealed copy in the inbox", ("copy", "inbox")),
)
"""What may become of it, in the order in which it is offered."""

WAY: Final = Asked(
    f"Do not file it: {numbered(WAYS)}\nWhich (Enter back to filing, q quit):",
    Explanation(
        "1 keeps your words and erases the picture. 2 gives you a text for the sender, and erases nothing unless you "
        "ask for it. 3 leaves it where it is, with a deadline. 4 leaves it where it is, for every command, and says "
        "whom to call. 5 is like 3, and asks for the number, the birth date, the site and whether it is intimate: then "
        "a clinician at any computer finds a sealed copy in the inbox, but never of an intimate photo of a child.",
        "Whoever files for 2 to 5; a clinician, at their own computer, for whatever erases it.",
        "4",
    ),
)
CONCERN: Final = Asked(
    "Any safeguarding concern? (y/n):",
    Explanation(
        "Whether what it shows, or how it came, may mean that somebody is being harmed. If you are not sure, say y: "
        "then nothing is erased, and you are told whom to call.",
        _WHOEVER,
        "y",
    ),
)
DECISION: Final = Asked(
    "Did a decision rest on this photo? (y/n):",
    Explanation(
        "Whether anybody decided anything about the patient's care having seen it. Then it is part of the record (GMC, "
        "Making and using visual and audio recordings, paragraph 57).",
        _CLINICIAN,
        "n",
    ),
)
INTIMATE_CHILD: Final = Asked(
    "Is it an intimate photo of somebody under 18? (y/n):",
    Explanation(
        "This practice does not file those: it may be described instead, and why is recorded. Any other photo that a "
        "decision rested on is filed.",
        _CLINICIAN,
        "n",
    ),
)
ERASES: Final = Asked(
    "Erase it here too? (y/n):",
    Explanation(
        "n leaves the photo where it is. y erases it here once you have confirmed that; it stays in the mail account "
        "and with the sender.",
        _CLINICIAN,
        "n",
    ),
)
PATIENT: Final = Asked(
    "Patient number (Enter where nobody knows it):",
    Explanation(
        "Whose photo it is, as far as that is known: your words are sealed with that patient's. It is never shown.",
        _CLINICIAN,
        "999 000 0018",
    ),
)
DESCRIPTION: Final = Asked(
    "What it shows, in words (write it into the patient's record too):",
    Explanation(
        "What you saw, so that whoever treats the patient next need not have seen it: site, size, colour, change. It "
        "is sealed, and stays when the picture is gone.",
        _CLINICIAN,
        "Confluent erythema of the nappy area with satellite lesions, no skin loss",
    ),
)
REASON: Final = Asked(
    "Why it is not kept:",
    Explanation(
        "In a few words. It is sealed, and stands in the trail of what was done.",
        _CLINICIAN,
        "sent unasked, not needed",
    ),
)
WHO: Final = Explanation(
    "Who answers for erasing a photo that is filed nowhere: a registered clinician of this practice.",
    _CLINICIAN,
    "GMC 7654321",
)
DIGITS: Final = Explanation(
    "The last four characters of the registration that stands above, typed by whoever it belongs to: then the photo is "
    "erased, and in no record. q stops, and nothing is changed.",
    "The clinician who is named.",
    "4321",
)
PART_OF_THE_RECORD: Final = (
    "Then it is part of the patient's record (GMC, visual and audio recordings, paragraph 57): file it."
)
RETURNED: Final = """\
Thank you for the photograph that you sent us{on}. We did not ask for it, or cannot use it, and have not put it into
your medical record. Please do not send photographs unless somebody at the practice asks you for one. If you are worried
about your health, contact the practice as usual; in an emergency call 999."""
