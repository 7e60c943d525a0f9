"""Examining one photo before anything is asked: its bytes, what becomes of its source, its stripped copy (rule 3)."""

from __future__ import annotations

from imgfile.acts.ingest.candidate import Examined, Settled
from imgfile.acts.ingest.context import Run
from imgfile.acts.options import Request
from imgfile.acts.sources import source as sources
from imgfile.acts.sources.source import Fate, MailPart, Source
from imgfile.clinical.interview.questions import DISPOSITION
from imgfile.clinical.proofs import Photo, RecordId, Removal, Stripped
from imgfile.errors import AnswerInvalid, Problem, SourceChanged, UnreadableMail, UnsupportedImage
from imgfile.images.strip import strip
from imgfile.vault import layout


def examine(run: Run, request: Request) -> Examined:
    """Read and strip a photo, and show it.

    Raises the `Error` that keeps it from being filed, `Settled` where it is not to be.
    """
    source, record = request.source, RecordId(layout.new_id())
    may_change = _may_change(run, source)
    photo = sources.read(source)
    if request.expected not in {None, photo.digest}:
        raise SourceChanged(f"{source.shown} is not the photo that the table names.", "Scan it again.")
    wanted = None
    if DISPOSITION in request.given or run.vault.station.has_set_aside:
        from imgfile.acts.ingest.not_filing import before_filing  # noqa: PLC0415 - most photos are to be filed

        request, wanted = before_filing(run, request, photo)
    elif run.where_held(photo.digest):
        from imgfile.acts.ingest.set_aside import found_on_hold  # noqa: PLC0415 - few photos are on hold

        if (held := found_on_hold(run, photo.digest)) is not None:
            raise Settled(held)
    fate, removal = _fate(run, source, record, may_change=may_change)
    examined = Examined(request, record, fate, removal, photo, _stripped(source, photo), wanted=wanted)
    if run.attendant is None:
        return examined
    if examined.needs_trial:
        from imgfile.acts.ingest.trial import tried  # noqa: PLC0415 - most photos are usual JPEGs

        examined = tried(examined)
    run.attendant.show(source, examined.stripped)
    if examined.hidden:
        run.attendant.tell(f"note   {examined.hidden}")
    return examined


def _may_change(run: Run, source: Source) -> bool:
    """Return whether a photo may be taken out of its message.

    Raises `AnswerInvalid` where that would break its sender's signature, and nobody has agreed to it.
    """
    is_signed = isinstance(source, MailPart) and source.is_signed_by_person
    if not is_signed or run.wishes.may_break_signature:
        return True
    if run.wishes.is_source_kept or run.wishes.destroys_exports:
        return False
    raise AnswerInvalid(
        f"{source.shown} is signed by its sender, and taking the photo out breaks the signature.",
        "Agree to that with --break-signature, or leave the message whole with --keep-source.",
        (Problem("break_signature", "--break-signature", "is missing", is_missing=True),),
    )


def _fate(run: Run, source: Source, record: RecordId, *, may_change: bool) -> tuple[Fate, Removal | None]:
    """Return what becomes of a source, and how a photo leaves its mailbox.

    Raises `UnreadableMail` for a photo that could be filed and not be taken out.
    """
    if run.wishes.is_source_kept:
        return Fate.KEPT, None
    if not may_change:
        return Fate.WITH_EXPORT, None
    if not isinstance(source, MailPart):
        return Fate.ERASED, None
    try:
        return Fate.ERASED, sources.plan_removal(source, record, on=run.now().date())
    except UnreadableMail as error:
        if run.wishes.destroys_exports:
            return Fate.WITH_EXPORT, None
        raise UnreadableMail(f"{source.shown}: {error.message}", _ways_on(source, error.hint)) from error


def _ways_on(source: MailPart, hint: str) -> str:
    """Return what can be done about a photo that cannot be taken out; mail that a program keeps is not erased whole."""
    from imgfile.acts.erasure import whole_export  # noqa: PLC0415 - most photos can be taken out

    if "--destroy-export" in hint and whole_export.kind_of_mail_store(source.export.path):
        hint = "Once it is filed, delete the message in the mail program."
    return f"{hint}\nTo file it and leave it there:  --keep-source".strip()


def _stripped(source: Source, photo: Photo) -> Stripped:
    try:
        return strip(photo)
    except UnsupportedImage as error:  # `images` knows bytes, not names
        raise UnsupportedImage(f"{source.shown} {error.message}", error.hint) from error
