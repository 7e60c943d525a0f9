"""The permissions to erase, and the only place that says `Release` and `Clearance`: each is in the trail first.

A `Release` lets the source of one filed photo go; a `Clearance` lets a whole export go. Neither exists before the
note that states it is durable, so whatever dies afterwards has left its reason behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from imgfile.clinical.proofs import Agreed, Clearance, Digest, Release, Verified
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time
from imgfile.vault.trail.chain import append


def release(vault: Vault, verified: Sequence[Verified], *, at: datetime) -> list[Release]:
    """Make the filing of these photos part of the trail, durably; only then may their sources go.

    A photo filed by an earlier run is entered as `matched`, so a run that died before its entry is made good here.
    Raises `NotWritable`.
    """
    note = append(vault, [_entry(proof, at) for proof in verified])
    return [Release(proof, Digest(note.digest)) for proof in verified]


def _entry(proof: Verified, at: datetime) -> Body:
    if proof.patient == layout.INBOX:
        stated: Body = {"item": proof.record, "note": proof.manifest_digest, "read_back": proof.reached}
        return {"act": "item", "at": format_time(at), **stated}
    return {
        "act": "filed" if proof.is_new else "matched",
        "at": format_time(at),
        "patient": proof.patient,
        "record": proof.record,
        "manifest": proof.manifest_digest,
        "read_back": proof.reached,
    }


def clear(vault: Vault, agreed: Agreed, *, at: datetime) -> Clearance:
    """Make it part of the trail, durably, that an export may go, and what goes with it. Raises `NotWritable`."""
    inventory = agreed.inventory
    entry: Body = {
        "act": "clearing",
        "at": format_time(at),
        "records": [release.verified.record for release in inventory.filed],
        "unfiled": len(inventory.unfiled),
        "unsearched": len(inventory.unsearched),
    }
    return Clearance(agreed, Digest(append(vault, [entry]).digest))
