"""What each of the rules on filing says, in a sentence or two; `rules` carries them out, in this order."""

from __future__ import annotations

from typing import Final

STATEMENTS: Final = {
    "R1": "Nothing is filed without patient number, date of birth, body site, sensitivity, origin, purpose, basis, "
    "giver, form, asked by and on, and a rationale of at least 20 characters (more, if the practice's policy says so) "
    "that is neither a placeholder nor the file's name; a phrase of the practice's own needs words about this photo.",
    "R2": "Each photo's answers stand alone: no row of a table, and no photo, inherits from another.",
    "R3": "Teaching, training and research need a written consent, or an electronic form, whose document names them: "
    "it is given with the photo, and sealed beside it, or added to one that is filed for care (imgfile consent add "
    "RECORD). For teaching within the practice its policy may let recorded oral consent suffice: never of an under-18, "
    "never an intimate photo.",
    "R4": "A publication needs such a document that names the one outlet, never an oral consent.",
    "R5": "A photo is used only for what was agreed; marketing, social media and training of products or AI are never "
    "filed for.",
    "R6": "Under 16: a competent child, parental responsibility, a local authority or court, or best interests. "
    "From 16 patients decide for themselves; parental responsibility ends at 18, in Scotland at 16.",
    "R7": "From 16, who decides for a patient needs evidence that the patient lacks capacity. An attorney, deputy or "
    "guardian is named, with the document that says so; best interests or benefit say who was consulted. An attorney "
    "decides about health nowhere in Northern Ireland, and in England and Wales for nobody under 18.",
    "R8": "Best interests never supports teaching, research or publication.",
    "R9": "An intimate photo of an under-18 is filed only if the practice's policy allows it, by a clinician who "
    "attests to the safeguards, one photo at a time. That it is intimate, the safeguards and who attests count only as "
    "answered at this run's prompt, never at a reception computer; that a child's photo is not intimate is never taken "
    "for granted. Where nobody says that there is no safeguarding concern, the photo is left as it is.",
    "R10": "An intimate photo of an adult needs explicit consent. Body sites are intimate, ordinary or in no list; of "
    "one in no list, or like an intimate one, somebody says whether it is intimate; that a photo of an intimate one is "
    "not intimate counts only as answered at this run's prompt. An intimate photo of an adult that "
    "was sent to vanish (view once) is filed only where they agreed that it is kept.",
    "R11": "Sending a photo implies consent only if it was asked for, is not intimate, and is for direct care. One "
    "that was sent unasked is filed only on explicit consent given since; until then it stays where it is.",
    "R12": "A photo that the patient objected to, or was distressed by, is not filed. Where nobody stated whether "
    "there was an objection, the record says that, never no.",
    "R13": "Consent is never dated in the future; older than a year, it is worth asking again (a house rule). A photo "
    "taken before the patient was born, more than a day after it was sent, or on a date of a clock that was never set "
    "needs a reason, which is recorded; only one that is typed at this run's prompt lets the age at filing count for "
    "R9. One taken over a year ago is said so.",
}


def reference() -> str:
    """Write the rules as Markdown, for docs/reference/rules.md."""
    rows = [f"| {number} | {statement} |" for number, statement in STATEMENTS.items()]
    return "\n".join(["| rule | what it says |", "| --- | --- |", *rows, ""])
