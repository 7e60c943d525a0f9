"""Which photos came in one message; and what becomes of photos that share answers when somebody thinks again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path

import pytest

from imgfile.acts.ingest import message_group
from imgfile.acts.ingest.attendant import Change, Decision, File, Known, OnKnown, PhotoSkipped
from imgfile.acts.ingest.candidate import Candidate, Stage
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.message_group import decide_message, is_same_message
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Failed, Filed, Outcome, Refused, Skipped
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import Fate, MailPart, Source
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import Confirmation
from imgfile.clinical.interview.not_filing import Asked
from imgfile.clinical.interview.prompt import Prompt
from imgfile.clinical.proofs import Stripped
from imgfile.clinical.vocabulary import ConsentForm, Provenance
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.typed_answers import picture
from kit.vault.filings import ADULT, MOLE, flags
from kit.vault.ingest_runs import CONFIRMED, DRY, KEPT, Attendant, local, parts_of, run_of
from kit.vault.ingest_runs import request as asked_for
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

    def confirm(self, candidate: Candidate, confirmation: Confirmation) -> Decision:
        """Agree to a photo that is asked about by itself, and is to be kept."""
        assert (candidate.source in self.sources, candidate.fate) == (True, Fate.KEPT)
        assert candidate.given
        assert confirmation.accepts("y")
        return File()

    def recognise(self, source: Source, fate: Fate, known: Known) -> OnKnown:
        """Go on."""
        assert source
        assert fate is Fate.KEPT
        assert known.reference
        return OnKnown.GO_ON

    def shows_both(self, source: Source, elsewhere: Sequence[EarlierPhoto]) -> str:
        """Say that it shows both."""
        assert source
        assert elsewhere
        return "mother and baby"

    def answer(self, source: Source, question: Asked) -> str:
        """Answer nothing: every photo of these tests is to be filed."""
        raise AssertionError(source, question)

    def tell(self, *lines: str) -> None:
        """Read nothing."""
        raise AssertionError(lines)

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


# --- which photos are decided about together ----------------------------------------------------------------


def decided(
    practice: Practice, folder: Path, somebody: Attendant, count: int, wishes: Wishes = KEPT
) -> tuple[list[tuple[Request, Stage]], deque[Request]]:
    """Decide about a message's first photo, which has its answers, and whatever goes with it; return what waits."""
    with ExitStack() as held:
        found = parts_of(folder / "Inbox", mailboxes.mail(mailboxes.text(), *map(picture, range(count))), held)
        waiting = deque([asked_for(found[0]), *map(Request, found[1:])])
        return decide_message(run_of(practice, wishes, somebody), somebody, waiting), waiting


def test_the_others_are_decided_about_only_where_somebody_says_that_they_are_one_patients(
    practice: Practice, tmp_path: Path
) -> None:
    """Who says no answers each photo's questions anew."""
    somebody = Attendant(shares=False)
    group, waiting = decided(practice, tmp_path, somebody, 3)
    assert [len(others) for others in somebody.offered] == [2]
    assert (len(group), len(waiting)) == (1, 2)
    assert isinstance(group[0][1], Candidate)
    assert not somebody.together


def test_what_is_shared_is_confirmed_together_though_yes_was_given(practice: Practice, tmp_path: Path) -> None:
    """Each photo is shown, and stands in its place."""
    somebody = Attendant({"body_site": ["left arm", "left hand"]}, shares=True)
    group, waiting = decided(practice, tmp_path, somebody, 3, CONFIRMED)
    assert not waiting
    assert len(somebody.shown) == 3
    (candidates,) = somebody.together
    assert [stage for _, stage in group] == candidates
    sites = [candidate.filing.body_site for candidate in candidates if candidate.filing]
    assert sites == ["left shoulder", "left arm", "left hand"]
    assert not somebody.confirmed


def test_a_dry_run_confirms_nothing_together(practice: Practice, tmp_path: Path) -> None:
    """It is asked about all the same."""
    somebody = Attendant({"body_site": ["left arm"]}, shares=True)
    group, _ = decided(practice, tmp_path, somebody, 2, DRY)
    assert [isinstance(stage, Candidate) for _, stage in group] == [True, True]
    assert not somebody.together
    assert not somebody.confirmed


def test_a_photo_alone_in_its_message_is_asked_about_alone(practice: Practice, tmp_path: Path) -> None:
    """And so is one whose questions ended otherwise."""
    somebody = Attendant(shares=True)
    decided(practice, tmp_path, somebody, 1)
    assert not somebody.offered
    with ExitStack() as held:
        found = parts_of(tmp_path / "Inbox", mailboxes.mail(mailboxes.text(), picture(1), picture(2)), held)
        waiting = deque([asked_for(found[0], objection="yes"), asked_for(found[1])])
        ((_, stage),) = decide_message(run_of(practice, KEPT, somebody), somebody, waiting)
    assert isinstance(stage, Refused)
    assert len(waiting) == 1
    assert not somebody.offered


def test_a_photo_that_is_filed_shares_nothing(practice: Practice, tmp_path: Path) -> None:
    """No answers were given for it."""
    with ExitStack() as held:
        found = parts_of(tmp_path / "Inbox", mailboxes.mail(mailboxes.text(), picture(0), picture(1)), held)
        list(ingest(run_of(practice, KEPT), [asked_for(found[0])]))
    somebody = Attendant(shares=True)
    group, waiting = decided(practice, tmp_path, somebody, 2)
    assert (len(group), len(waiting)) == (1, 1)
    assert not somebody.offered


@pytest.mark.parametrize(("most", "together"), [(3, 3), (4, 4), (2, 2), (1, 1), (16, 5)])
def test_as_many_are_decided_about_together_as_fit_on_a_screen(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, together: int
) -> None:
    """The rest is of the next group."""
    assert (message_group.MAX_SHARING, message_group.MAX_SHARING_BYTES) == (16, 67_108_864)
    monkeypatch.setattr(message_group, "MAX_SHARING", most)
    somebody = Attendant()
    decided(practice, tmp_path, somebody, 5)
    assert [len(others) for others in somebody.offered] == ([together - 1] if together > 1 else [])


def test_as_many_are_decided_about_together_as_fit_in_memory(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what each attachment decodes to, the first one's included."""
    with ExitStack() as held:
        found = parts_of(tmp_path / "Inbox", mailboxes.mail(mailboxes.text(), *map(picture, range(3))), held)
        sizes = [source.attachment.size for source in found]
    for most, others in ((sum(sizes), [2]), (sum(sizes) - 1, [1]), (sizes[0] + sizes[1] - 1, [])):
        monkeypatch.setattr(message_group, "MAX_SHARING_BYTES", most)
        somebody = Attendant()
        decided(practice, tmp_path, somebody, 3)
        assert [len(each) for each in somebody.offered] == others


def test_only_photos_that_follow_at_once_are_of_the_group(practice: Practice, tmp_path: Path) -> None:
    """Another message's photo between them ends it."""
    first = mailboxes.mail(mailboxes.text(), picture(1), picture(2), number=1)
    second = mailboxes.mail(mailboxes.text(), picture(3), number=2)
    with ExitStack() as held:
        one, two, other = sources_in(tmp_path, first, second, held=held)
        waiting = deque([asked_for(one), asked_for(other), asked_for(two)])
        somebody = Attendant(shares=True)
        decide_message(run_of(practice, KEPT, somebody), somebody, waiting)
    assert not somebody.offered
    assert len(waiting) == 2


def test_a_photo_in_a_file_of_its_own_is_of_no_message(tmp_path: Path) -> None:
    """Nor is a pipe."""
    path = tmp_path / "a.jpg"
    path.write_bytes(photos.phone_jpeg())
    with ExitStack() as held:
        (part,) = sources_in(tmp_path, mailboxes.mail(picture(1)), held=held)
        assert not is_same_message(local(path), part)
        assert not is_same_message(part, local(path))
        assert not is_same_message(local(path), local(path))
        assert is_same_message(part, part)


# --- what becomes of each -----------------------------------------------------------------------------------


def test_a_photo_that_cannot_share_fails_by_itself(practice: Practice, tmp_path: Path) -> None:
    """The others are confirmed without it."""
    torn = mailboxes.Part(
        ('Content-Type: image/jpeg; name="b.jpg"', "Content-Transfer-Encoding: base64"),
        mailboxes.encode(photos.jpeg(photos.pixels(402, 300))[:-400], "base64"),
    )
    mail = mailboxes.mail(mailboxes.text(), picture(1), torn, picture(3))
    somebody = Attendant({"body_site": ["left arm"]}, shares=True)
    with ExitStack() as held:
        first, *others = parts_of(tmp_path / "Inbox", mail, held)
        waiting = deque([asked_for(first), *map(Request, others)])
        group = decide_message(run_of(practice, KEPT, somebody), somebody, waiting)
    assert [isinstance(stage, Candidate) for _, stage in group] == [True, False, True]
    assert isinstance(group[1][1], Failed)
    assert [len(candidates) for candidates in somebody.together] == [2]


def test_each_photo_keeps_the_answers_that_came_with_it_and_records_the_rest_as_shared(
    practice: Practice, tmp_path: Path
) -> None:
    """What is shared comes from the first photo's answers."""
    somebody = Attendant(shares=True)
    with ExitStack() as held:
        found = parts_of(tmp_path / "Inbox", mailboxes.mail(mailboxes.text(), picture(1), picture(2)), held)
        waiting = deque([asked_for(found[0]), Request(found[1], flags({"body_site": "left arm", "form": "video"}))])
        _, (_, second) = decide_message(run_of(practice, KEPT, somebody), somebody, waiting)
    assert isinstance(second, Candidate)
    assert second.given["form"] == Given("video", Provenance.FLAG)
    assert second.given["patient"] == Given(ADULT, Provenance.SHARED)


def test_a_shared_answer_that_was_changed_keeps_what_each_has_of_its_own(practice: Practice, tmp_path: Path) -> None:
    """The site stays; what was shared before is taken from the changed photo."""
    somebody = Attendant({"body_site": ["left arm"], "form": ["video"]}, decisions=[Change("form")], shares=True)
    group, _ = decided(practice, tmp_path, somebody, 2, CONFIRMED)
    filings = [stage.filing for _, stage in group if isinstance(stage, Candidate)]
    assert [filing.consent.form if filing else None for filing in filings] == [ConsentForm.VERBAL_VIDEO] * 2
    assert [filing.body_site if filing else None for filing in filings] == ["left shoulder", "left arm"]
    assert len(somebody.together) == 2
    assert not somebody.prompts[-1].can_skip
