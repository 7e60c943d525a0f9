"""Taking copies of photos out of the vault.

1. Each record opens with the person's own identity, and is what was filed.
2. The purpose is within what was agreed (R5), at filing or since (R3, R4), nobody withdrew (R24), and R9 lets the photo
   leave. Beyond care nobody can be recognised in it, unless that was agreed; a person says so, for nothing is detected.
3. All of them are judged, opened and put together before anything is entered; what is refused, damaged or cannot be
   decoded leaves nothing, and no entry. Nor does what was changed, or is gone, since it was opened (`since_opened`).
4. Who takes them, for what purpose and why is in the audit trail, durably, before a byte leaves (R20).
5. What leaves is the stripped photo that was filed, byte for byte, or what `handover.copies` says was made of it.
6. A file is new and private, and is there whole or not at all; so is a pack's folder. What exists is never replaced.
7. It never lies in the vault, which is shared and backed up on the word that all in it is sealed.
8. An intimate photo of a child goes into the practice's own record only where the policy says so and a clinician does
   it at the terminal; else its words alone do, as a pack of nothing but them (R9).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from imgfile import files, staging
from imgfile.acts.disclosure.agreed import agreed_purposes, refuse_recognisable
from imgfile.acts.disclosure.entry import Statement, enter_exported
from imgfile.acts.disclosure.handover.copies import Form, expect_jpeg
from imgfile.acts.disclosure.handover.put_together import Together, put_together
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.disclosure.since_opened import expect_unchanged
from imgfile.clinical.permitted_uses import granted, is_kept_out, refuse_export
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import NotWritable, RefusedByRule, UsageError
from imgfile.frozen import dataclass
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records.open import open_photo
from imgfile.vault.roster.model import Role

MAX_PHOTOS: Final = 50
"""How many photos leave together: all are in memory at once."""

_MAKER: Final = "export"
_TEXT_ALONE: Final = "text"
"""What an entry calls a pack of nothing but words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for, of however many photos."""

    form: Form
    stated: Statement
    is_anonymous: bool = False
    """Somebody looked, and says that nobody can be recognised in them."""
    is_attended: bool = False
    """Whether somebody sits at a terminal."""
    max_bytes: int | None = None
    """How large a JPEG or a PDF may be."""
    is_named: bool = False
    """The files' names begin with the patient's number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where copies go: one file, a folder that is there, a new folder, or standard output."""

    path: Path | None
    """None for standard output."""
    is_folder: bool = False
    """Whether it is a folder that is there, in which files get names of their own."""


def place_of(vault: Vault, output: Path | None, form: Form, count: int) -> Place:
    """See where copies can go, before anything is opened or entered. Raises `NotWritable`, `UsageError`."""
    if output is None:
        if form is Form.PACK or count > 1:
            raise UsageError("only one photo goes to standard output, and no pack.", "Name a folder:  -o FOLDER")
        return Place(None)
    if files.is_folder(output):
        if vault.store.contains(output / "photo.jpg"):
            raise NotWritable(f"{output} is in the vault, where nothing lies unsealed.", "Name a place outside of it.")
        if not files.can_remove_from(output):
            raise NotWritable(f"{output} cannot be written to.", "Name a folder in which you may write.")
        return Place(output, is_folder=True)
    if count > 1 and not form.is_document:
        raise NotWritable(f"{output} is no folder, and {count:,} photos need one.", "Make the folder first.")
    check_target(vault, output)
    return Place(output)


def check_target(vault: Vault, path: Path) -> None:
    """See that a new file or folder can have this name. Raises `NotWritable`."""
    if os.path.lexists(path):
        raise NotWritable(f"{path} exists, and nothing is ever replaced.", "Choose another name.")
    if not files.is_folder(path.absolute().parent):
        raise NotWritable(f"{path} cannot be written: there is no such folder.", "Make the folder first.")
    if vault.store.contains(path):
        raise NotWritable(f"{path} lies in the vault, where nothing lies unsealed.", "Name a place outside of it.")


def export(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, request: Request, place: Place) -> Together:
    """Judge an export, put it together and enter it in the trail; return what may leave now.

    Raises `RefusedByRule`, `UnsupportedImage`, `Damaged`, `NoVault`, `NotWritable`, `UsageError`; then nothing leaves.
    """
    judge(vault, opened, reader, request)
    is_text_alone = is_words_alone(vault, opened, reader, request)
    if request.form is not Form.ORIGINAL and not is_text_alone:
        for each in opened:
            expect_jpeg(each.facts)
    together = put_together(
        vault,
        [(each.facts, b"" if is_text_alone else open_photo(vault, each.filed, reader.practice)) for each in opened],
        request.form,
        at=request.stated.at,
        purpose=request.stated.purpose,
        max_bytes=request.max_bytes,
        is_named=request.is_named,
        is_text_alone=is_text_alone,
    )
    for path in paths(together, place):
        check_target(vault, path)
    form = _TEXT_ALONE if is_text_alone else request.form.value
    records = [each.manifest for each in opened]
    with vault.station.locked():
        expect_unchanged(vault, opened, reader)
        enter_exported(vault, records, reader.who, request.stated, form=form, is_named=request.is_named)
    return together


def judge(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, request: Request) -> None:
    """See that every one of the photos may leave. Raises `RefusedByRule`, `UsageError`."""
    if len(opened) > MAX_PHOTOS:
        raise UsageError(f"{len(opened):,} photos are too many at once; the most is {MAX_PHOTOS}.", "Export fewer.")
    expect_one_patient([each.manifest.folder for each in opened], request.form)
    purpose, may_hand_over = request.stated.purpose, _may_hand_over(vault, reader, request)
    for each in opened:
        refuse_withdrawn(each)
        agreed = agreed_purposes(vault, each, at=request.stated.at)
        if is_words_alone(vault, [each], reader, request):
            _expect_alone(each, opened)
            continue
        reference = each.manifest.reference
        refuse_export(each.facts, purpose, agreed, reference=reference, may_hand_over=may_hand_over)
        refuse_recognisable(each, purpose, agreed.get(purpose), is_said=request.is_anonymous)


def expect_one_patient(folders: Sequence[str], form: Form) -> None:
    """Refuse to put two patients into one document. Raises `UsageError`."""
    if form.is_document and len(set(folders)) > 1:
        raise UsageError(
            "these photos are of several patients, and one document is of one.", "Export each patient's by themselves."
        )


def is_words_alone(vault: Vault, opened: Sequence[OpenedRecord], reader: Reader, request: Request) -> bool:
    """Return whether words alone are handed over: of an intimate photo of a child that stays out of our record (R9)."""
    may_hand_over = _may_hand_over(vault, reader, request)
    return (
        request.form is Form.PACK
        and request.stated.purpose is Purpose.OWN_CLINICAL_RECORD
        and any(
            is_kept_out(each.facts, may_hand_over=may_hand_over) and request.stated.purpose in granted(each.facts)
            for each in opened
        )
    )


def _expect_alone(one: OpenedRecord, opened: Sequence[OpenedRecord]) -> None:
    if len(opened) > 1:
        raise RefusedByRule(
            "R9",
            f"{one.manifest.reference} is an intimate photo of a child: its words are handed over by themselves.",
            f"imgfile export {one.manifest.reference} --as pack -o FOLDER, and the others after it.",
        )


def _may_hand_over(vault: Vault, reader: Reader, request: Request) -> bool:
    """Return whether an intimate photo of a child may go into our own record: by policy, a clinician, here (R9)."""
    who = vault.roster.person(reader.who)
    is_clinician = who is not None and Role.CLINICIAN in who.roles
    return vault.policy.may_hand_over_intimate_under_18 and is_clinician and request.is_attended


def refuse_withdrawn(opened: OpenedRecord) -> None:
    """Refuse a copy of a photo whose use was stopped. Raises `RefusedByRule` (R24)."""
    if opened.history.is_use_stopped:
        reference = opened.manifest.reference
        raise RefusedByRule(
            "R24",
            f"consent to {reference} was withdrawn: no copy of it leaves.",
            f"Who withdrew, and when:  imgfile show {reference} --history",
        )


def paths(together: Together, place: Place) -> list[Path]:
    """Return which files are to be written, or of a pack its folder; none for standard output."""
    if place.path is None:
        return []
    if together.form is Form.PACK:
        return [place.path / together.name if place.is_folder else place.path]
    return [place.path / name if place.is_folder else place.path for name in together.files]


def write(together: Together, place: Place) -> list[Path]:
    """Write what may leave to new files that only their owner can read, durably; return them. Raises `NotWritable`.

    Of several files those that could be written stay, and the error names one that could not.
    """
    where = paths(together, place)
    if together.form is Form.PACK and where:
        staging.publish_folder(where[0], together.files, _MAKER)
        return where
    with staging.Staging(_MAKER) as under_way:
        for path, data in zip(where, together.files.values(), strict=False):
            under_way.add(path, data)
        for error in under_way.publish():
            if error is not None:
                raise error
    return where
