"""Where everything lies in a vault (docs/reference/vault-format.md): names only, no I/O.

Every variable part is random or keyed lower-case hex: no name says anything of anybody, none is reserved on Windows.
"""

from __future__ import annotations

import re
import secrets
from typing import Final, NewType

from imgfile.clinical.proofs import PatientFolder, RecordId

KeyId = NewType("KeyId", str)
"""The random name of one patient key of a format 1 vault: 32 lower-case hex characters."""
ThingId = NewType("ThingId", str)
"""The random name of whatever is sealed under a key of its own: a record's, an addition's, a reason's, an item's."""

FORMAT_1: Final = 1
FORMAT_VERSION: Final = 2

IMAGE: Final = "image.age"
FACTS: Final = "record.age"
FORM: Final = "form.age"
"""The signed form that a photo was filed with, of one that was."""
MANIFEST: Final = "manifest.note"
GONE: Final = "gone.note"
"""A record's tombstone, or that an item of the inbox is settled."""
ENDED: Final = "ended.note"
"""That what a moved record kept under a legal hold has ended."""
PATIENTS: Final = "patients"
AUDIT: Final = "audit"
ROSTER: Final = "roster"
KEYS: Final = "keys"
POLICY: Final = "policy"
REASONS: Final = "reasons"
REQUESTS: Final = "requests"
PROPOSALS: Final = "proposals"
INBOX: Final = "inbox"
ROOT_NOTE: Final = "root.note"
"""The marker of a folder that holds `keys` alone."""
PRACTICE_KEYS: Final = f"{KEYS}/practice"
SIGNER_KEYS: Final = f"{KEYS}/signers"
STATION_KEYS: Final = f"{KEYS}/stations"
PATIENT_KEYS: Final = f"{KEYS}/patients"
"""Of format 1 alone."""
THING_KEYS: Final = f"{KEYS}/things"

_ID = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBERED_NOTE = re.compile(r"([1-9][0-9]{0,9})\.note")
_REFERENCE_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_REFERENCE_CHARACTERS = 8
_REFERENCE_HALF = 4
_HEX_DIGITS_OF_A_REFERENCE = 10


def new_id() -> str:
    """Make 128 random bits as 32 lower-case hex characters."""
    return secrets.token_hex(16)


def is_id(name: str) -> bool:
    """Return whether a name is one that `new_id` or the pseudonym could have made."""
    return _ID.fullmatch(name) is not None


def is_digest(text: str) -> bool:
    """Return whether a text is a SHA-256 as the vault writes it."""
    return _DIGEST.fullmatch(text) is not None


def is_key_note(name: str) -> bool:
    """Return whether a name in a patient's directory is that of a patient key's note."""
    return name.endswith(".note") and is_id(name.removesuffix(".note"))


def note_number(name: str) -> int | None:
    """Return n of `<n>.note`, or None."""
    found = _NUMBERED_NOTE.fullmatch(name)
    return int(found[1]) if found else None


def roster(number: int) -> str:
    """Name roster n."""
    return f"{ROSTER}/{number}.note"


def policy(digest: str) -> str:
    """Name the practice policy with this SHA-256."""
    return f"{POLICY}/{digest}.toml"


def practice_key(generation: int, who: str) -> str:
    """Name the practice identity sealed to one person or to the recovery key."""
    return f"{PRACTICE_KEYS}/{generation}/{who}.age"


def previous_practice_key(generation: int) -> str:
    """Name the practice identity of the generation before one, sealed to that one."""
    return practice_key(generation, "previous")


def signer_key(who: str) -> str:
    """Name a holder's signing key, sealed to their own identity."""
    return f"{SIGNER_KEYS}/{who}.age"


def station_key(station: str) -> str:
    """Name the pseudonym key sealed to one station."""
    return f"{STATION_KEYS}/{station}.age"


def thing_key(folder: PatientFolder, thing: str) -> str:
    """Name the identity of one thing of a patient's, sealed to the practice."""
    return f"{THING_KEYS}/{folder}/{thing}.age"


def request(name: str) -> str:
    """Name a request to join."""
    return f"{REQUESTS}/{name}.note"


def patient(folder: PatientFolder) -> str:
    """Name a patient's directory."""
    return f"{PATIENTS}/{folder}"


def patient_identity(folder: PatientFolder, key: str) -> str:
    """Name a patient identity of a format 1 vault, sealed to the practice."""
    return f"{PATIENT_KEYS}/{folder}/{key}.age"


def patient_recipient(folder: PatientFolder, key: str) -> str:
    """Name the note of a patient key's public half, in a format 1 vault."""
    return f"{PATIENTS}/{folder}/{key}.note"


def reason(folder: PatientFolder, name: str) -> str:
    """Name the sealed reason of a view or an export: by its id; in a format 1 vault by the digest of its ciphertext.

    One of a photo of which no patient is known lies in the inbox.
    """
    if folder == INBOX:
        return f"{INBOX}/{REASONS}/{name}.age"
    return f"{PATIENTS}/{folder}/{REASONS}/{name}.age"


def record(folder: PatientFolder, record_id: RecordId) -> str:
    """Name a record's directory."""
    return f"{PATIENTS}/{folder}/{record_id}"


def manifest(folder: PatientFolder, record_id: RecordId) -> str:
    """Name the note by which a record exists."""
    return f"{record(folder, record_id)}/{MANIFEST}"


def addition_note(folder: PatientFolder, record_id: RecordId, thing: str) -> str:
    """Name the note of an addition to a record."""
    return f"{record(folder, record_id)}/{thing}.note"


def addition_object(folder: PatientFolder, record_id: RecordId, thing: str) -> str:
    """Name what an addition says, sealed."""
    return f"{record(folder, record_id)}/{thing}.age"


def tombstone(folder: PatientFolder, record_id: RecordId) -> str:
    """Name the note that says that a record is gone."""
    return f"{record(folder, record_id)}/{GONE}"


def ended(folder: PatientFolder, record_id: RecordId) -> str:
    """Name the note that ends what a moved record kept."""
    return f"{record(folder, record_id)}/{ENDED}"


def proposal(name: str) -> str:
    """Name a proposal to destroy, or the second signature on one."""
    return f"{PROPOSALS}/{name}.note"


def item(name: str) -> str:
    """Name the directory of an item of the inbox."""
    return f"{INBOX}/{name}"


def trail(station: str, number: int) -> str:
    """Name note n of a station's audit trail."""
    return f"{AUDIT}/{trail_note(station, number)}"


def trail_note(station: str, number: int) -> str:
    """Name note n of a station's audit trail within the folder of all trails."""
    return f"{station}/{number}.note"


def reference(record_id: RecordId) -> str:
    """Return what people call a record: `7f3k-q2ma`, its first 40 bits in Crockford's base 32."""
    bits = int(record_id[:_HEX_DIGITS_OF_A_REFERENCE], 16)
    characters = [_REFERENCE_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5)]
    return "".join(characters[:_REFERENCE_HALF]) + "-" + "".join(characters[_REFERENCE_HALF:])


def ids_called(reference: str) -> tuple[str, str]:
    """Return the first ten digits of the lowest and the highest id whose reference begins so, as normalised."""
    typed = reference.replace("-", "")
    missing = 5 * (_REFERENCE_CHARACTERS - len(typed))
    bits = 0
    for character in typed:
        bits = bits << 5 | _REFERENCE_ALPHABET.index(character)
    low = bits << missing
    return f"{low:0{_HEX_DIGITS_OF_A_REFERENCE}x}", f"{low | (1 << missing) - 1:0{_HEX_DIGITS_OF_A_REFERENCE}x}"


def normalise_reference(text: str) -> str | None:
    """Return a typed reference, or a prefix of one of at least 4 characters, as `reference` spells it; else None.

    Crockford's base 32 is read leniently: case, hyphens, and o, i, l for 0, 1, 1.
    """
    typed = text.strip().lower().replace("-", "").translate(str.maketrans("oil", "011"))
    if not _REFERENCE_HALF <= len(typed) <= _REFERENCE_CHARACTERS or set(typed) - set(_REFERENCE_ALPHABET):
        return None
    return "-".join(filter(None, (typed[:_REFERENCE_HALF], typed[_REFERENCE_HALF:])))
