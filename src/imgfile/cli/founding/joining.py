"""What is asked of a computer that joins, and of the administrator who approves it, with what `?` says of each."""

from __future__ import annotations

from typing import Final

from imgfile.cli.founding.answers import Question
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid
from imgfile.terminal import Terminal, asking
from imgfile.vault.roster.model import Use, words_slip

_JOINER: Final = "Whoever sits at the new computer."
_ADMINISTRATOR: Final = "An administrator of the vault, from what the other person reads out."

FINGERPRINT: Final = Question(
    "fingerprint",
    "--fingerprint",
    "Type the words that they read out:",
    Explanation(
        "A colleague whose imgfile works runs  imgfile roster fingerprint  and reads eight words out. They show that "
        "this folder holds your practice's vault, and not one that somebody put in its place.",
        _JOINER,
        "tiger armour lemon ninety orbit gentle swan cradle",
    ),
)
RETIRED: Final = Explanation(
    "An administrator retired it: what it filed until then stays valid, and nothing that it signs counts any more. y: "
    "it gets new keys and asks like a new computer; what it had is kept beside. Enter: nothing is changed.",
    _JOINER,
    "y",
)
USE: Final = Question(
    "use",
    "--reception",
    "You: 1 I look at photos and file them   2 this is a reception computer, it only files",
    Explanation(
        "With 1 this computer gets a key, sealed with your passphrase, that opens the records. With 2 it gets none: it "
        "files, and cannot look, attest or export.",
        _JOINER,
        "1",
    ),
)
PERSON: Final = Question(
    "name",
    "--name",
    "Your name and registration number:",
    Explanation(
        "So that the administrator knows who asks; they type it anew, as they know you. The number comes last; who has "
        "none, such as a practice manager, types none.",
        _JOINER,
        "Dr B. Colleague, GMC 7111111",
    ),
)
WORDS: Final = Question(
    "words",
    "--words",
    "Words that the new computer shows (they read them to you):",
    Explanation(
        "Eight words that stand for everything the new computer asks, its keys among them. Take them from the person, "
        "by voice: whoever can write into the vault's folder can put a request there, but not change what they read.",
        _ADMINISTRATOR,
        "ocean velvet north candle amber fossil quiet marble",
    ),
)
WHOSE: Final = Question(
    "person",
    "--person",
    "Whose is it? Name, role, registration as you know them:",
    Explanation(
        "Type what you know of them, not what they told the computer. Roles: doctor, nurse, physician associate, "
        "anaesthesia associate, other registrant, reception, privacy lead, senior clinician, witness, administrator; "
        "several with `and` between. Somebody who is listed already keeps the roles that they have.",
        _ADMINISTRATOR,
        "Dr B. Colleague, doctor, GMC 7111111",
    ),
)
WHOSE_OR_NOBODYS: Final = Question(
    "person",
    "--person",
    "Whose is it (Enter: nobody's)? Name, role, registration as you know them:",
    Explanation(
        "A computer at a desk that several people use is nobody's. Otherwise whose it is, as you know them.",
        _ADMINISTRATOR,
        "R. Desk, reception",
    ),
)


def eight_words(terminal: Terminal, question: Question) -> str:
    """Ask for the words of a digest until there are eight, right or not: how many there are is no secret."""
    while slip := words_slip(typed := asking.answer(terminal, question.words, question.explanation)):
        terminal.show(f"  {slip}")
    return typed


def use(text: str) -> Use:
    """Read what a computer is for. Raises `AnswerInvalid`."""
    match text.strip().casefold():
        case "1" | "clinical" | "look":
            return Use.CLINICAL
        case "2" | "reception":
            return Use.RECEPTION
    raise AnswerInvalid("is neither 1 nor 2")
