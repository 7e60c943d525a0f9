"""Photos that wait in the inbox, put there as by a computer that cannot name patients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from imgfile.acts.inbox import reject as rejecting
from imgfile.acts.ingest.context import Run
from imgfile.acts.life.person import Actor
from imgfile.acts.options import Wishes
from imgfile.clinical.filing import Filing
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Place, Sibling, Source, SourceKind, compose
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import commit, item
from imgfile.vault.records.item import Item, Why
from imgfile.vault.records.open_item import NOBODYS, ROLE, open_item
from imgfile.vault.trail import permissions
from kit.vault.filings import MOLE, filed
from kit.vault.practice import NOON, PHOTO, Practice, form_sibling, stripped_photo


def put(practice: Practice, answers: Mapping[str, str] = MOLE, data: bytes = PHOTO) -> Item:
    """Put a photo into the inbox, as a computer does that cannot name patients."""
    return put_decided(practice, filed(dict(answers)), data)


def put_decided(practice: Practice, filing: Filing, data: bytes, *, at: datetime = NOON, form: bytes = b"") -> Item:
    """Put a photo into the inbox with answers that the rules let stand, and with a form that these do not name."""
    vault, record, photo = practice.vault, RecordId(layout.new_id()), stripped_photo(data)
    facts = compose(
        filing,
        photo,
        place=Place(vault=vault.id, pid=NOBODYS, record=record, station=vault.here.station, role=ROLE),
        siblings={layout.IMAGE: Sibling(photo.digest, len(data)), **form_sibling(form)},
        source=Source(kind=SourceKind.FILE, name="mole.jpg"),
        filed_at=at,
        version="0",
    )
    submission = commit.ItemSubmission(
        item=record,
        why=Why.NO_PSEUDONYMS,
        stripped=photo,
        facts=record_json.dump(facts),
        deadline="",
        received=at,
        form=form,
    )
    with vault.station.locked():
        permissions.release(vault, [commit.commit_item(vault, submission)], at=at)
    return item.load(vault, record)


def reject(vault: Vault, of: Item, by: Actor, *, at: datetime = NOON, reason: str = "not needed") -> None:
    """Reject what waits, as a clinician who says why."""
    rejecting.reject(Run(vault, Wishes(), lambda: at), open_item(vault, of, by.practice), by, reason)
