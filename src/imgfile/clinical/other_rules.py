"""What the rules say that rooms other than `clinical` keep: on erasing, looking, destroying, and on who does it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

STATEMENTS: Final = MappingProxyType(
    {
        "R14": "When a patient turns 16, or is recorded as competent, photos that were filed on a parent's "
        "consent are due for review.",
        "R15": "No source is erased until its filed copy was written, synced, read again, decrypted and matched, "
        "by this run or by an earlier one whose signed manifest says so and whose objects match now; and "
        "the audit entry is durable.",
        "R16": "From a mailbox only the filed part of the matched message is removed. A photo that is filed "
        "already may be removed too, once the stored copy is proven.",
        "R17": "What erasure means on this disk is reported truthfully, and what is out of its reach.",
        "R18": "A record is destroyed by two persons, a privacy lead and a senior clinician or witness, each with "
        "their own identity; a legal hold blocks it; a tombstone with digest and reason remains.",
        "R19": "A request for access is answered within a calendar month; the clock stops while identity or "
        "clarification is awaited. Imgfile does nothing of that yet: a legal hold keeps what is asked for.",
        "R20": "Every view and every export records who and why.",
        "R21": "A photo on a safeguarding hold is not copied, shown or deleted; whom to call is the practice's "
        "own word, and the mail is not forwarded.",
        "R22": "The digest of the photo as it was received, and the inventory of what was stripped, stay in the "
        "sealed record.",
        "R23": "No identifier stands in a path, a log, an error, the audit trail in clear, or a temporary file. "
        "The note of an unfinished erasure may hold the source's path, and that of an unfinished copy its "
        "folder's.",
        "R24": "What is said about a photo that is filed already is judged like what is said about a new one: an "
        "objection, a refusal or a withdrawal ends with exit code 17, and its source stays. Answers that "
        "may differ from those it was filed with are in no record, and let no source go without a yes of "
        "their own at the terminal; what follows from others, and defaults, are not compared. Where consent is "
        "withdrawn no copy leaves any more. A clinician destroys the photo alone on the day of its filing, while "
        "the trails show no view, export or hand-over of it, no later photo follows it, no hold is on it and nobody "
        "has a safeguarding concern; else its use stops, and R18 decides.",
        "R25": "The very same photo for a second patient stops, in one run and against what is filed (in a vault "
        "of format 1: by this computer). At the terminal somebody may say why it shows both: its record "
        "then says that it shows another person, never who.",
        "R26": "Who asked is somebody of the practice, or any registrant by name and number, as stated. A "
        "reception computer files; it neither attests nor looks.",
        "R27": "Whoever files sees what is filed: the file's or attachment's name, its place, sender and subject, "
        "and on request the picture, before the first question; what is confirmed repeats photo, patient, "
        "site, consent, rationale, and what will be erased.",
        "R28": "A photo that is not filed is erased only by a named clinician's typed act, its digest, reason and "
        "description durable in the signed trail first; any safeguarding concern leads to the hold instead.",
    }
)
"""By the rule's number; those on filing are in `rules`."""
