"""Which manifests of a patient this station has verified before: their signatures are checked once, and not each run.

To file a photo all of its patient's manifests are read (R13, R24), and checking two signatures takes three quarters of
that. Each is read all the same; where it is byte for byte one that was verified here, the check is not made again:

1. A line is a keyed digest of the signer's keys, the signed text and the signatures, under a key that is derived from
   the station's signing key. Whoever could write one could sign a manifest as this station.
2. It stands for the signatures and nothing else: what the note says, and whether its computer was open, is judged anew.
3. Nothing is erased by it: `records.commit.prove_stored` reads and verifies again, and so does every other reader.

    <state>/vaults/<vault>/signatures-checked/<patient>    a line a manifest

One that is lost, torn or changed costs time. (`verified`, beside it, is what the last `imgfile verify` found.)
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from functools import cached_property
from pathlib import Path
from typing import Final

from imgfile import files, notes
from imgfile.errors import NotWritable
from imgfile.state import read_kept
from imgfile.station import Station

PURPOSE: Final = b"imgfile/verified-notes/v1"
FOLDER: Final = "signatures-checked"
MAX_BYTES: Final = 1 << 20
"""Some 16,000 photos of one patient; the signatures of what lies beyond are checked each time."""


class VerifiedNotes:
    """What this station has verified of one patient. Use `is_signed_by` for `notes.is_signed_by`, then `keep`."""

    def __init__(self, station: Station, patient: str) -> None:
        self._station, self._patient = station, patient
        self._new: list[bytes] = []

    def is_signed_by(self, signer: notes.PublicKeys, text: bytes, signature: notes.Signature) -> bool:
        """Return whether a text carries valid signatures, or this very text with them was found to before."""
        line = self._line(signer, text, signature)
        if line in self._known:
            return True
        if not notes.is_signed_by(signer, text, signature):
            return False
        self._new.append(line)
        return True

    def keep(self) -> None:
        """Keep what was verified since; where that cannot be written, nothing is lost but time."""
        if self._new and self._station.folder.is_dir():
            lines = [*self._known, *self._new]
            self._new = []
            with contextlib.suppress(NotWritable):
                files.make_folder(self._path.parent)
                files.replace(self._path, b"\n".join(lines)[:MAX_BYTES], is_durable=False)

    @property
    def _path(self) -> Path:
        return self._station.folder / FOLDER / self._patient

    @cached_property
    def _known(self) -> frozenset[bytes]:
        return frozenset(read_kept(self._path, MAX_BYTES).split(b"\n"))

    @cached_property
    def _key(self) -> bytes:
        return hmac.digest(self._station.signing_key.secret, PURPOSE, "sha256")

    def _line(self, signer: notes.PublicKeys, text: bytes, signature: notes.Signature) -> bytes:
        parts = (signer.name.encode(), signer.ed25519, signer.ml_dsa_44, signature.ed25519, signature.ml_dsa_44, text)
        whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.new(self._key, whole, hashlib.sha256).hexdigest().encode("ascii")
