"""Which photos came in one message; and what becomes of photos that share answers when somebody thinks again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path

import pytest

from imgfile.acts.ingest.attendant import Change, Decision, File, PhotoSkipped
from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.message_group import is_same_message
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Filed, Outcome, Skipped
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import Fate, MailPart, Source
from imgfile.clinical.interview.confirmation import Confirmation
from imgfile.clinical.interview.prompt import Prompt
from imgfile.clinical.proofs import Stripped
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.typed_answers import picture
from kit.vault.filings import ADULT, MOLE, flags
from kit.vault.practice import NOON, Practice


def attached(mail: bytes, *, coding: str = "7bit") -> mailboxes.Part:
    """Attach a whole mail to another."""
    body = mail if coding == "7bit" else mailboxes.encode(mail, "base64")
    return mailboxes.Part(("Content-Type: message/rfc822", f"Content-Transfer-Encoding: {coding}"), body)


def sources_in(folder: Path, *mails: bytes, held: ExitStack) -> list[Source]:
    """Find the photos of a mailbox."""
    (folder / "Inbox").write_bytes(mailboxes.mbox(list(mails)))
    return find([str(folder / "Inbox")], Scope(), held).sources


def test_photos_side_by_side_in_one_message_are_of_one_message(tmp_path: Path) -> None:
    """As telephones send them."""
    with ExitStack() as held:
        found = sources_in(tmp_path, mailboxes.mail(mailboxes.text(), picture(1), picture(2), picture(3)), held=held)
        assert len(found) == 3
        assert all(is_same_message(one, other) for one, other in combinations(found, 2))


@pytest.mark.parametrize("coding", ["7bit", "base64"])
def test_photos_of_two_messages_never_are_however_they_are_packed(tmp_path: Path, coding: str) -> None:
    """Two mails in a mailbox, of one sender, subject and day; two mails that somebody forwarded in one."""
    first = mailboxes.mail(picture(1), number=1)
    second = mailboxes.mail(mailboxes.text(), picture(2), number=1)
    forwarded = mailboxes.mail(
        mailboxes.text(), picture(3), attached(first, coding=coding), attached(second, coding=coding)
    )
    with ExitStack() as held:
        found = sources_in(tmp_path, first, second, forwarded, held=held)
        assert len(found) == 5
        assert not any(is_same_message(one, other) for one, other in combinations(found, 2))


def test_photos_that_lie_loose_in_an_archive_belong_to_no_message(tmp_path: Path) -> None:
    """Nobody sent them together."""
    import zipfile  # noqa: PLC0415 - this test alone

    with zipfile.ZipFile(tmp_path / "export.zip", "w") as packed:
        packed.writestr("a.jpg", photos.phone_jpeg())
        packed.writestr("b.jpg", photos.jpeg(photos.pixels(300, 200)))
    with ExitStack() as held:
        found = find([str(tmp_path / "export.zip")], Scope(), held).sources
        assert len(found) == 2
        assert not is_same_message(*found)


Decide = Callable[[Sequence[Source]], Decision]


class Clinician:
    """Somebody at the terminal who answers by the question, and decides as prepared."""

    can_skip = True

    def __init__(
        self, answers: dict[str, list[str]], decisions: Sequence[Callable[[Sequence[Source]], Decision]]
    ) -> None:
        self.answers = answers
        self.decisions = list(decisions)
        self.seen: list[list[Candidate]] = []
        self.asked: list[str] = []
        self.sources: list[Source] = []

    def show(self, source: Source, stripped: Stripped) -> None:
        """Look at it."""
        assert stripped.data
        self.sources.append(source)

    def ask(self, source: Source, prompt: Prompt) -> str:
        """Answer with what is prepared for the question, once; `s` skips."""
        assert isinstance(source, MailPart)
        self.asked.append(f"{source.part} {prompt.slugs[0]}")
        typed = self.answers[prompt.slugs[0]].pop(0)
        if typed == "s":
            assert prompt.can_skip
            raise PhotoSkipped
        return typed

    def confirm(self, source: Source, fate: Fate, confirmation: Confirmation, answered: AbstractSet[str]) -> Decision:
        """Agree to a photo that is asked about by itself, and is to be kept."""
        assert (source in self.sources, fate) == (True, Fate.KEPT)
        assert answered
        assert confirmation.accepts("y")
        return File()

    def confirm_known(self, source: Source, fate: Fate, reference: str) -> None:
        """Never come to this: what is kept needs no confirmation when it is filed already."""
        raise AssertionError((source, fate, reference))

    def agrees_to_share(self, others: Sequence[Source]) -> bool:
        """Agree."""
        return bool(others)

    def confirm_together(self, candidates: Sequence[Candidate]) -> Decision:
        """Decide as prepared, else agree."""
        self.seen.append(list(candidates))
        return self.decisions.pop(0)([each.source for each in candidates]) if self.decisions else File()


def answers(**more: list[str]) -> dict[str, list[str]]:
    """Give an adult's answers for the first photo, and sites for three."""
    first = {
        "patient": [ADULT], "dob": ["3/3/71"], "purpose": [""], "basis": ["1"], "form": ["phone"], "obtained_by": [""],
        "rationale": [MOLE["rationale"]], "body_site": ["left shoulder", "left arm", "left hand"],
    }  # fmt: skip
    return first | more


def run(practice: Practice, folder: Path, clinician: Clinician, count: int = 3) -> list[Outcome]:
    """File a message's photos with somebody attending."""
    mail = mailboxes.mail(mailboxes.text(), *map(picture, range(count)))
    with ExitStack() as held:
        requests = [Request(source) for source in sources_in(folder, mail, held=held)]
        wishes = Wishes(allow_test=True, is_source_kept=True)
        vault = practice.reopened()
        filed = ingest(Run(vault, wishes, lambda: NOON, clinician), requests)
        return [outcome for _, outcome in filed]


def test_a_photo_that_is_left_keeps_nothing_from_the_others(practice: Practice, tmp_path: Path) -> None:
    """Its outcome stands in its place."""
    clinician = Clinician(answers(body_site=["left shoulder", "s", "left hand"]), [])
    outcomes = run(practice, tmp_path, clinician)
    assert [type(outcome) for outcome in outcomes] == [Filed, Skipped, Filed]
    assert len(clinician.seen[0]) == 2


def test_the_last_one_that_is_left_is_confirmed_by_itself(practice: Practice, tmp_path: Path) -> None:
    """Nothing is shared then."""
    clinician = Clinician(answers(body_site=["left shoulder", "s", "s"]), [])
    assert [type(outcome) for outcome in run(practice, tmp_path, clinician)] == [Filed, Skipped, Skipped]
    assert not clinician.seen


def test_a_shared_answer_is_changed_for_all_and_asked_once(practice: Practice, tmp_path: Path) -> None:
    """Of the others only what rests on it would be asked."""
    clinician = Clinician(
        answers(rationale=[MOLE["rationale"], "Three lesions, triage for 2WW"]), [lambda _: Change("rationale")]
    )
    outcomes = run(practice, tmp_path, clinician)
    assert all(isinstance(outcome, Filed) for outcome in outcomes)
    assert sum("rationale" in asked for asked in clinician.asked) == 2
    decided = [candidate.decision for candidate in clinician.seen[1]]
    assert {getattr(filing, "rationale", "") for filing in decided} == {"Three lesions, triage for 2WW"}


def test_an_answer_of_one_photo_is_changed_for_that_one(practice: Practice, tmp_path: Path) -> None:
    """And leaving it is possible there."""
    sites = ["left shoulder", "left arm", "left hand", "right arm", "s"]
    decisions = [lambda found: Change("body_site", found[1]), lambda found: Change("body_site", found[2])]
    clinician = Clinician(answers(body_site=sites), decisions)
    outcomes = run(practice, tmp_path, clinician)
    assert [type(outcome) for outcome in outcomes] == [Filed, Filed, Skipped]
    assert [getattr(each.decision, "body_site", "") for each in clinician.seen[-1]] == ["left shoulder", "right arm"]


def test_a_change_that_ends_the_first_photos_questions_ends_the_sharing(practice: Practice, tmp_path: Path) -> None:
    """The other patient has that very photo already: nothing is known of the others, and they are asked about anew."""
    other = {"patient": ["9990000026"], "dob": ["3/3/81"]}
    (known,) = run(practice, tmp_path, Clinician(answers(**other), []), count=1)
    assert isinstance(known, Filed)
    more = {slug: typed * 2 for slug, typed in answers().items()}
    more |= {"patient": [ADULT, "9990000026", ADULT], "dob": ["3/3/71", "3/3/81", "3/3/71"]}
    more["body_site"] = ["left shoulder", "left arm", "left hand", "right arm", "right hand"]
    clinician = Clinician(more, [lambda _: Change("patient")])
    outcomes = run(practice, tmp_path, clinician)
    assert [getattr(outcome, "is_new", None) for outcome in outcomes] == [False, True, True]
    assert [len(candidates) for candidates in clinician.seen] == [3, 2]
    assert [getattr(each.decision, "body_site", "") for each in clinician.seen[1]] == ["right arm", "right hand"]


def test_photos_that_are_filed_already_go_along(practice: Practice, tmp_path: Path) -> None:
    """They are recognised by the shared patient, shown as filed, and only proven again."""
    first = run(practice, tmp_path, Clinician(answers(body_site=["left shoulder"]), []), count=1)
    assert isinstance(first[0], Filed)
    (tmp_path / "again").mkdir()
    mail = mailboxes.mail(mailboxes.text(), picture(7), picture(0), picture(8))
    clinician = Clinician(answers(body_site=["left shoulder", "left hand"]), [])
    with ExitStack() as held:
        requests = [Request(source) for source in sources_in(tmp_path / "again", mail, held=held)]
        wishes = Wishes(allow_test=True, is_source_kept=True)
        filed = ingest(Run(practice.reopened(), wishes, lambda: NOON, clinician), requests)
        outcomes = [outcome for _, outcome in filed]
    assert [getattr(outcome, "is_new", None) for outcome in outcomes] == [True, False, True]
    assert getattr(clinician.seen[0][1].decision, "reference", "") == first[0].reference


def test_flags_are_one_photos_answers_and_no_other_has_them(practice: Practice, tmp_path: Path) -> None:
    """Shared is what somebody confirms; each request keeps what it came with."""
    mail = mailboxes.mail(mailboxes.text(), picture(1), picture(2))
    with ExitStack() as held:
        first, second = sources_in(tmp_path, mail, held=held)
        requests = [Request(first, flags(MOLE)), Request(second, flags({"body_site": "left hand"}))]
        clinician = Clinician({}, [])
        wishes = Wishes(allow_test=True, is_source_kept=True)
        filed = ingest(Run(practice.reopened(), wishes, lambda: NOON, clinician), requests)
        assert all(isinstance(outcome, Filed) for _, outcome in filed)
    assert [getattr(each.decision, "body_site", "") for each in clinician.seen[0]] == ["left shoulder", "left hand"]
