"""What becomes of a photo that is not filed: described, returned, set aside, or held (R11, R21, R28).

1. It is said at the photo's first question, or came with it by flag, file or table: `disposition`.
2. A hold and a quarantine are taken from every door: they only leave it alone. So is a return that erases nothing.
3. What erases is a named clinician's typed act at a clinician's computer, and counts at this run's prompt alone.
   Whether there is a safeguarding concern comes first, and a yes leads to the hold.
4. A photo that a decision rested on is part of the record: it is filed, or, where the practice does not file such
   photos, described with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from imgfile.acts.erasure.sources import Going, erase_sources
from imgfile.acts.filed_mails import MailMemory
from imgfile.acts.ingest.already_filed import find_elsewhere
from imgfile.acts.ingest.candidate import Examined, Settled
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.set_aside import found_on_hold, hold, quarantine, waits
from imgfile.acts.options import Request
from imgfile.acts.outcome import NotFiled, Outcome, SetAside
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.acts.sources.source import Fate, MailPart, Piped, Source
from imgfile.clinical.dates import show_date
from imgfile.clinical.interview import not_filing as asked
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.choices import DISPOSITIONS, Choice, numbered, pick, pick_by_number
from imgfile.clinical.interview.not_filing import Asked
from imgfile.clinical.interview.questions import DISPOSITION, QUESTIONS
from imgfile.clinical.proofs import Digest, PatientFolder, Photo
from imgfile.clinical.text import MIN_RATIONALE_CHARACTERS, is_placeholder, parse_reason, parse_text
from imgfile.clinical.vocabulary import Disposition, IntimateUnder18
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule, UsageError
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Person as Listed
from imgfile.vault.roster.model import Role
from imgfile.vault.trail import permissions
from imgfile.vault.trail.permissions import Disposal

_Value = TypeVar("_Value")

_SEES: Final = frozenset({Disposition.DESCRIBE_AND_DESTROY, Disposition.REJECT_RETURN})
"""What somebody who attends is asked about, having seen the photo."""


def before_filing(run: Run, request: Request, photo: Photo) -> tuple[Request, Disposition | None]:
    """Return a request without its disposition, and what somebody is to be asked about in its stead, if anything.

    Raises `Settled` for a photo that is on hold, or that goes no further as it is; `AnswerInvalid`, `RefusedByRule`.
    """
    held = found_on_hold(run, photo.digest)
    if held is not None:
        raise Settled(held)
    wanted = wanted_of(request.given)
    request = replace(request, given={name: each for name, each in request.given.items() if name != DISPOSITION})
    if wanted is None or wanted is Disposition.FILE:
        return request, None
    if wanted in _SEES and run.attendant is not None and not run.wishes.is_dry:
        return request, wanted
    raise Settled(_alone(run, request.source, photo.digest, wanted))


def wanted_of(given: Mapping[str, Given]) -> Disposition | None:
    """Return the disposition among some answers; None where they name none. Raises `AnswerInvalid`."""
    if DISPOSITION not in given:
        return None
    try:
        return Disposition(pick(given[DISPOSITION].text, DISPOSITIONS))
    except AnswerInvalid as error:
        raise AnswerInvalid.of([Problem(DISPOSITION, QUESTIONS[DISPOSITION].flag, error.message)]) from None


def _alone(run: Run, source: Source, digest: Digest, wanted: Disposition) -> Outcome:
    """Carry out what needs nobody at the terminal: it erases nothing."""
    match wanted:
        case Disposition.SAFEGUARDING_HOLD:
            return hold(run, source, digest)
        case Disposition.QUARANTINE:
            return quarantine(run, source, digest)
        case Disposition.REJECT_RETURN:
            _expect_in_no_record(run, digest)
            return NotFiled(wanted, text=text_for_sender(source))
        case _:
            raise RefusedByRule(
                "R28",
                "a photo that is not filed is erased only by a clinician's typed act at the terminal, not in a batch.",
                "Nothing was changed. A row of a table is finished with --attend, at a clinician's computer.",
            )


def text_for_sender(source: Source) -> str:
    """Return what may be sent to whoever sent a photo that is not kept; it says nothing of anybody."""
    sent = source.attachment.message.sent_at if isinstance(source, MailPart) else None
    return asked.RETURNED.format(on=f" on {show_date(sent.astimezone().date())}" if sent else "").replace("\n", " ")


# --- somebody decides at the terminal -------------------------------------------------------------------


def settle(run: Run, examined: Examined, wanted: Disposition | None = None) -> None:
    """Ask what becomes of a photo that is not filed, and see to it; return where it is to be filed after all.

    Raises `Settled` with what became of it, `RefusedByRule`, `Cancelled`.
    """
    one = _Asking(run, examined)
    way = wanted or one.way()
    if way is None:
        return
    if way in _SEES and one.is_yes(asked.CONCERN):
        way = Disposition.SAFEGUARDING_HOLD
    if way in _SEES:
        _expect_seen_to(run, examined, way)
        _expect_in_no_record(run, examined.photo.digest)
        if way is Disposition.REJECT_RETURN and not (one.may_erase and one.is_yes(asked.ERASES)):
            raise Settled(NotFiled(way, text=text_for_sender(examined.source)))
        if one.is_part_of_record():
            one.tell(asked.PART_OF_THE_RECORD)
            return
        raise Settled(_dispose(run, examined, one.decided(way)))
    if one.wants_copy and one.may_copy:
        raise Settled(_set_aside_with_copy(run, examined))
    raise Settled(_alone(run, examined.source, examined.photo.digest, way))


def _set_aside_with_copy(run: Run, examined: Examined) -> SetAside:
    """Set a photo aside and put a sealed copy into the inbox; say why where it may not be copied (R9, R11)."""
    from imgfile.acts.ingest.quarantined_copy import copy_into_inbox, what_it_shows  # noqa: PLC0415 - few are copied

    if run.attendant is None:
        raise TypeError("nobody attends")
    facts, refused = None, ""
    try:
        facts = what_it_shows(run, examined, run.attendant)
    except RefusedByRule as refusal:
        refused = f" Nothing was copied: {refusal.rule}: {refusal.message}"
    aside = quarantine(run, examined.source, examined.photo.digest)
    if (until := aside.until) is None:
        return aside  # it is on hold
    if facts is None:
        return replace(aside, error=waits(until, refused))
    item = copy_into_inbox(run, examined, facts, until)
    return replace(aside, error=waits(until, f" A sealed copy waits in the inbox as {item}."), item=item)


def _expect_seen_to(run: Run, examined: Examined, way: Disposition) -> None:
    """Refuse to describe and erase where nobody may, or where the source is to stay (R26, R28)."""
    if way is not Disposition.DESCRIBE_AND_DESTROY:
        return
    if run.is_reception:
        raise RefusedByRule(
            "R26",
            "a reception computer erases no photo that is not filed.",
            "Leave it where it is and tell a clinician; or set it aside:  --disposition quarantine",
        )
    if examined.fate is not Fate.ERASED or isinstance(examined.source, Piped) or run.wishes.into_inbox:
        raise RefusedByRule("R28", "it cannot be erased by itself, so it is not described instead.", _ELSEWHERE)
    expect_format_2(run.vault)


def _expect_in_no_record(run: Run, digest: Digest) -> None:
    """See that a photo of which nothing is to be kept is not filed, nor waits in the inbox. Raises `RefusedByRule`."""
    vault = run.vault
    filed = find_elsewhere(run, _NOBODYS, digest)[0] if vault.here.pseudonym_digest else []
    if filed:
        reference = filed[-1].reference
        raise RefusedByRule(
            "R28",
            f"this very photo is filed already, as {reference}: whatever becomes of this copy, it stays there.",
            "To erase this copy, go on with its number: what is filed is proven first.\n"
            f"To stop its use, or destroy it:  imgfile consent withdraw {reference}",
        )
    kept = PhotosSetAside(vault.station).find(digest) if vault.station.has_set_aside else None
    if kept is not None and kept.item and _is_waiting(vault, kept.item):
        raise RefusedByRule(
            "R28",
            f"a sealed copy of it waits in the inbox, as {kept.item}: whatever becomes of this one, it stays there.",
            f"Decide about that first:  imgfile inbox reject {kept.item}",
        )


def _is_waiting(vault: Vault, reference: str) -> bool:
    from imgfile.vault.life import settled  # noqa: PLC0415 - few photos have such a copy
    from imgfile.vault.records import item  # noqa: PLC0415 - the same

    try:
        return settled.load(vault, item.find(vault, reference)) is None
    except UsageError:  # there is none any more
        return False


_NOBODYS: Final = PatientFolder("")
_ELSEWHERE: Final = "Save it as a file of its own, and run it without --keep-source and --inbox."


def _dispose(run: Run, examined: Examined, decided: Disposal) -> NotFiled:
    """Erase a photo that is not filed: its entry is durable before a byte goes (R28)."""
    now, digest = run.now(), examined.photo.digest
    with run.vault.station.locked():
        disposed = permissions.dispose(run.vault, decided, at=now)
        run.ledger.note_disposed(examined.source, disposed)
        MailMemory(run.vault.station).remember([(examined.source, examined.record)], decided.how)
        (attempt,) = erase_sources(run.vault, [Going(examined.source, disposed)], run.ledger, at=now)
        if attempt.erasure is not None and run.vault.station.has_set_aside:
            PhotosSetAside(run.vault.station).end_quarantine(digest)
    text = text_for_sender(examined.source) if decided.how is Disposition.REJECT_RETURN else ""
    return NotFiled(decided.how, attempt.erasure, attempt.remains, text)


class _Asking:
    """The questions about one photo that is not filed, put to whoever attends."""

    def __init__(self, run: Run, examined: Examined) -> None:
        self._run = run
        self._examined = examined
        self.wants_copy = False
        """Whether what is set aside is to have a sealed copy in the inbox."""

    @property
    def may_copy(self) -> bool:
        """Whether a sealed copy may go into the inbox: once, and not in a dry run."""
        vault, digest = self._run.vault, self._examined.photo.digest
        kept = PhotosSetAside(vault.station).find(digest)
        is_possible = not (self._run.wishes.is_dry or vault.roster.is_format_1)
        return is_possible and (kept is None or not kept.item)

    @property
    def may_erase(self) -> bool:
        """Whether whoever sits here may have it erased: never at reception, nor where the source is to stay."""
        is_there = self._examined.fate is Fate.ERASED and not isinstance(self._examined.source, Piped)
        is_at_vault = not self._run.wishes.into_inbox
        return is_there and is_at_vault and not self._run.is_reception and not self._run.vault.roster.is_format_1

    def is_part_of_record(self) -> bool:
        """Return whether a decision rested on it, so that it is filed: not where the practice files no such photo."""
        if not self.is_yes(asked.DECISION):
            return False
        refuses = self._run.vault.policy.intimate_under_18 is IntimateUnder18.REFUSE
        return not (refuses and self.is_yes(asked.INTIMATE_CHILD))

    def decided(self, way: Disposition) -> Disposal:
        """Ask who answers for it, whose it is, what it shows and why it is not kept; and have that confirmed."""
        who = self._clinician()
        patient = self._until(asked.PATIENT, self._patient, may_be_empty=True)
        shows = self._until(asked.DESCRIPTION, _description) if way is Disposition.DESCRIBE_AND_DESTROY else ""
        reason = self._until(asked.REASON, parse_reason)
        digits = last_digits(who.registration)
        where = self._examined.source.shown
        self.tell(f"{where} WILL BE ERASED, and is in no record.", *filter(None, [shows]), f"why  {reason}", who.title)
        confirm = Asked(f"Last four characters of {who.registration} to erase it (q quit):", asked.DIGITS)
        while self._ask(confirm).upper() != digits:
            self.tell("Those are not the last four characters of the registration above.")
        words = "\n\n".join(filter(None, [shows, reason]))
        return Disposal(self._examined.photo.digest, way, who.who, patient, words)

    def _clinician(self) -> Listed:
        may = [one for one in self._run.vault.roster.people if Role.CLINICIAN in one.roles and one.registration]
        here = self._run.vault.here.person
        mine = [one for one in may if one.who == here] or (may if len(may) == 1 and not here else [])
        if mine:
            return mine[0]
        if not may or here:
            raise RefusedByRule("R28", "whose computer this is may not erase a photo that is not filed.", _BY_WHOM)
        offered = tuple(Choice(one.who, one.title, (one.name, one.registration)) for one in may)
        question = Asked(f"Clinician: {numbered(offered)}", asked.WHO)
        wanted = self._until(question, lambda typed: pick(pick_by_number(typed, offered), offered))
        return next(one for one in may if one.who == wanted)

    def _patient(self, typed: str) -> PatientFolder | None:
        if not typed:
            return None
        named = self._run.vault.policy.patients(typed, None, allow_test=self._run.wishes.allow_test)
        if len(named) != 1:
            raise AnswerInvalid("is of two schemes; Enter leaves it out")
        return self._run.pseudonyms.folder(named[0])

    def _until(self, question: Asked, read: Callable[[str], _Value], *, may_be_empty: bool = False) -> _Value:
        while True:
            typed = self._ask(question)
            try:
                if typed or may_be_empty:
                    return read(typed)
                self.tell("An answer is needed; ? explains.")
            except AnswerInvalid as error:
                self.tell(f"It {error.message}.")

    def way(self) -> Disposition | None:
        """Return what becomes of it; None to go back to filing it."""
        while typed := self._ask(asked.WAY):
            try:
                wanted = pick(pick_by_number(typed, asked.WAYS), asked.WAYS)
                self.wants_copy = wanted == asked.WITH_COPY
                return Disposition.QUARANTINE if self.wants_copy else Disposition(wanted)
            except AnswerInvalid:
                self.tell("is none of the answers; ? explains them")
        return None

    def is_yes(self, question: Asked) -> bool:
        """Return whether yes is answered; nothing but yes or no is an answer."""
        while True:
            typed = self._ask(question).casefold()
            if typed in {"y", "yes", "n", "no"}:
                return typed.startswith("y")
            self.tell("is neither y nor n")

    def _ask(self, question: Asked) -> str:
        if self._run.attendant is None:
            raise TypeError("nobody attends")
        return self._run.attendant.answer(self._examined.source, question).strip()

    def tell(self, *lines: str) -> None:
        """Show something about the photo."""
        if self._run.attendant is not None:
            self._run.attendant.tell(*lines)


def _description(typed: str) -> str:
    described = parse_text(typed)
    if len(described) < MIN_RATIONALE_CHARACTERS or is_placeholder(described):
        raise AnswerInvalid(f"has fewer than {MIN_RATIONALE_CHARACTERS} characters, or is one thing repeated")
    return described


def last_digits(registration: str) -> str:
    """Return what confirms for somebody: the last four characters of their registration, without blanks."""
    return "".join(registration.split()).upper()[-4:]


_BY_WHOM: Final = "Nothing was changed. A clinician with a registration decides, at their own computer."
