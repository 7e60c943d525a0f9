"""The certificate of a destruction, as text: what was destroyed, by whom, what stays, and what it cannot say.

It names no patient: references and digests alone, which the vault's trail holds too. Which copies left before stands
there too: whoever asked that a photo be destroyed may want those back.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from imgfile.acts.life.destroy import Destroyed
from imgfile.acts.life.disclosures import copies_left
from imgfile.clinical.dates import show_date
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life.history import History
from imgfile.vault.life.proposals import Proposal
from imgfile.vault.roster.model import Roster

_WIDTH: Final = 80
_GONE: Final = (
    "The keys of the record, of everything that was added to it, and of the reasons for which it was looked at: they "
    "were overwritten once and removed. What they opened (picture, facts, notes, amendments, consent documents, "
    "reasons) is still there as sealed bytes, and no key that the vault has left opens it, nor does anybody's identity "
    "or the recovery key."
)
_STAYS: Final = (
    "The patient's pseudonym, when it was filed and added to, sizes, keyed marks of the photo and of the birth date, "
    "the signed notes, the audit trail with who looked at it and when, this destruction, and its reason, which stays "
    "sealed to the practice. None of it shows the picture or names the patient."
)
_COPIES: Final = (
    "Copies of these keys may lie in backups and snapshots of the vault's keys folder, in the versions that a share or "
    "a synchronised folder keeps, in blocks of a flash disk or of a copying file system that the overwriting did not "
    "reach, and in exported copies, which are outside the vault. A backup that was made before still opens it: destroy "
    "those, or let them expire."
)
_LEFT: Final = "Copies that left before"
_SHARED: Final = (
    "These were filed in format 1, under a key that they share with other photos of the same patient, which are kept: "
    "that key stays, and whoever holds a key of the practice could still open their sealed bytes. It goes with the "
    "last of these photos:"
)
_OLD_REASONS: Final = (
    "Reasons for which a photo was looked at in format 1 were sealed to such a key too, and go with it."
)


def _moment(at: datetime) -> str:
    """Return a moment in the time that the vault states it in: a certificate is read anywhere, years later."""
    at = at.astimezone(UTC)
    return f"{show_date(at.date())} {at:%H:%M} UTC"


def certificate(vault: Vault, done: Destroyed) -> str:
    """Return the text. Raises `Damaged` where the rosters cannot be read."""
    return "\n".join(_lines(vault, done)) + "\n"


def _lines(vault: Vault, done: Destroyed) -> Iterator[str]:
    rosters = list(vault.rosters())
    yield from ("Certificate of destruction", "", f"Vault {vault.id}", f"Proposal {done.pending.reference}", "")
    yield "Destroyed:"
    for each in done.records:
        yield from _record(vault, each)
    whom = "two persons" if len(done.signed) == 2 else "two persons for each of these, of the following"  # noqa: PLR2004
    yield from ("", f"Agreed by {whom}, each with a key of their own:")
    for signed in done.signed:
        yield from _person(vault, rosters, signed)
    yield from ("", f"Proposed {_moment(done.signed[0].made)}; who approved it signed the tombstone, at that time.")
    gone = _GONE if not done.kept else f"{_GONE} That is not so of the photos named last."
    for title, text in (("Gone", gone), ("What stays", _STAYS), ("Copies", _COPIES)):
        yield from ("", *textwrap.wrap(f"{title}: {text}", _WIDTH))
    yield from ("", *_copies_left(vault, done))
    if done.kept:
        yield from ("", *textwrap.wrap(_SHARED, _WIDTH), *(f"  {each.reference}" for each in done.kept))
        yield from textwrap.wrap(_OLD_REASONS, _WIDTH)


def _copies_left(vault: Vault, done: Destroyed) -> Iterator[str]:
    """Yield which copies left before: whoever asks for all of it must look for those themselves."""
    try:
        left = [(each.manifest, copy) for each in done.records for copy in copies_left(vault, each.manifest)]
    except Damaged:  # it is destroyed all the same, and that is certified
        yield from textwrap.wrap(f"{_LEFT}: not known, since an audit trail does not hold.", _WIDTH)
        return
    if not left:
        yield f"{_LEFT}: none, as the audit trails have it."
        return
    yield from textwrap.wrap(f"{_LEFT}, as the audit trails have it; nothing of this reaches them:", _WIDTH)
    for of, copy in left:
        yield from textwrap.wrap(
            f"{of.reference}, {_moment(copy.at)}, for {copy.what_for}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )


def _record(vault: Vault, of: History) -> Iterator[str]:
    stated = of.manifest
    computer = vault.roster.station_names.get(stated.station, stated.station[:8])
    yield f"  {stated.reference}, filed {_moment(stated.filed_at)} at {computer}"
    yield f"    manifest  {stated.digest}"
    if of.gone is not None:
        by = vault.roster.title_of(of.gone.signer.name)
        yield f"    tombstone {of.gone.digest}"
        yield f"    {_moment(of.gone.at)}, signed by {by}"
    if of.ended is not None and of.gone is not None and of.gone.to is not None:
        now, by = layout.reference(of.gone.to[1]), vault.roster.title_of(of.ended.signer.name)
        yield f"    what a legal hold kept of it since it moved; the photo is {now} now, and stays,"
        yield "    and so do its old answers, sealed beside the tombstone"
        yield f"    end       {of.ended.digest}"
        yield f"    {_moment(of.ended.at)}, signed by {by}"


def _person(vault: Vault, rosters: list[Roster], signed: Proposal) -> Iterator[str]:
    """Return who signed, in which roles, and which roster let that key in, signed by whom."""
    holder = signed.signer.name
    listed = vault.roster.person(holder)
    roles = ", ".join(role.replace("_", " ") for role in listed.roles) if listed is not None else "not listed any more"
    yield f"  {vault.roster.title_of(holder)} ({roles})"
    first = next((each for each in rosters if each.credential(holder) is not None), None)
    if first is not None:
        by = vault.roster.title_of(first.note.signer) or "the recovery key"
        yield f"    key let in by roster {first.number}, signed by {by}"
