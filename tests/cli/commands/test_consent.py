"""`imgfile consent`: what is asked, in which order, what `?` and `q` do, and every door that heeds a withdrawal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.records import manifest
from kit.photos.jpeg_png import jpeg
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import Argument
from kit.vault.filings import KNEE, MOLE, filed
from kit.vault.lives import WITHDRAWN, Life
from kit.vault.practice import PASSPHRASE, of_format_1

WHO, CONCERN = "Who withdraws, and how: ", "Any safeguarding concern? (y/n): "
STOP = "Stop its use? (y stop, q quit): "
DIGITS = "quit): "


@pytest.fixture
def mole(desk: Desk) -> str:
    """File the mole just now; return its reference."""
    return reference(desk.practice.file_decided(filed(MOLE), at=datetime.now(UTC).replace(microsecond=0)))


def history(desk: Desk) -> life.History:
    """Return the only record as it is now."""
    vault = desk.practice.reopened()
    (folder,) = vault.store.names("patients")
    (record,) = [name for name in vault.store.names(f"patients/{folder}") if name != "reasons"]
    return life.load(vault, manifest.load(vault, folder, record))  # type: ignore[arg-type]


def test_d7_it_is_destroyed_the_same_day(desk: Desk, mole: str) -> None:
    """Who, concern, the digits, the passphrase; wrong digits are asked again, and `?` explains."""
    with desk.sit("consent", "withdraw", mole) as session:
        session.answer(WHO, "?")
        session.expect("who   Anybody of the practice")
        session.answer(WHO, "patient phone")
        session.answer(CONCERN, "n")
        session.expect("Nobody has looked at it, exported it or handed it over")
        session.answer(DIGITS, "1234")
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("Those are not the last four digits")
        session.answer(DIGITS, "5870")
        assert session.finish().status == 0
    assert f"Destroyed: {mole}" in session.screen
    gone = history(desk).gone
    assert gone is not None
    assert gone.how is How.WITHDRAWN
    assert desk.run("list").stdout.decode().splitlines()[1].endswith("\t\tgone: withdrawn")
    assert desk.as_clinician("show", mole).status == 17
    again = desk.run("consent", "withdraw", mole, "--giver", "patient", "--form", "phone", "--no-concern", "--keep")
    assert "destroyed already" in again.words


def test_a_concern_destroys_nothing_and_every_door_heeds_what_is_stopped(desk: Desk, mole: str, tmp_path: Path) -> None:
    """List, show, view and export; the clinician's digits are not even asked for."""
    with desk.sit("consent", "withdraw", mole, "--reason", "felt pressed") as session:
        session.answer(WHO, "patient")
        session.answer("How did they tell you: ", "phone")
        session.answer(CONCERN, "y")
        session.expect("Do not forward the photo")
        session.answer(STOP, "y")
        assert session.finish().status == 0
    assert (history(desk).is_use_stopped, history(desk).is_held) == (True, True)
    assert desk.run("list").stdout.decode().splitlines()[1].endswith("\t\tWITHDRAWN")
    (listed,) = ndjson(desk.run("list", "--json"))
    assert listed["state"] == "withdrawn"
    (facts,) = ndjson(desk.as_clinician("show", mole, "--json"))
    assert (facts["withdrawn"], facts["held"], facts["two_said"]) == (True, True, [])
    shown = desk.as_clinician("show", mole).stdout.decode()
    assert shown.index("WITHDRAWN") < shown.index("943 476 5870")
    assert "may leave for nothing" in shown
    copy = tmp_path / "copy.jpg"
    refused = desk.as_clinician("export", mole, "-o", copy, "--purpose", "diagnosis", "--reason", "2WW")
    assert (refused.status, copy.exists()) == (17, False)
    assert "R24" in refused.words


def test_nobody_and_no_clinician_lets_a_withdrawn_photo_be_used_again(desk: Desk, mole: str) -> None:
    """Nor is either offered, at the terminal or by a flag; who decides for the patient does."""
    stopped = ["--giver", "patient", "--form", "phone", "--no-concern", "--keep"]
    assert desk.run("consent", "withdraw", mole, *stopped).status == 0
    for giver in ("nobody", "none", "clinician", "10"):
        refused = desk.as_clinician("consent", "add", mole, "--again", "--giver", giver, "--form", "phone")
        assert (refused.status, "clinician" in refused.words.partition("is none of: ")[2]) == (13, False), giver
    mother = desk.as_clinician("consent", "add", mole, "--again", "--giver", "mother", "--form", "phone")
    assert (mother.status, "from 16, patients decide" in mother.words) == (17, True)
    assert history(desk).is_use_stopped
    with desk.sit("consent", "withdraw", mole) as session:
        session.answer(WHO, "nobody phone")
        session.expect("attorney, deputy, local authority.")
        session.answer(WHO, "q")
        assert "clinician, nobody" not in session.words
    with desk.sit("consent", "add", mole, "--again") as session:
        session.answer("Who agreed: ", "nobody")
        session.answer("Who agreed: ", "1")
        session.answer("How (phone, video, in person, ...): ", "phone")
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("patient agreed again, by phone")
        session.answer("Add it? (y add, q quit): ", "y")
        assert session.finish().status == 0
    assert not history(desk).is_use_stopped


def test_what_is_not_stopped_is_not_allowed_again(desk: Desk, mole: str) -> None:
    """Nobody is told that something was added."""
    refused = desk.as_clinician("consent", "add", mole, "--again", "--giver", "patient", "--form", "phone")
    assert (refused.status, "is not stopped" in refused.words) == (2, True)
    assert history(desk).additions == ()


def test_q_changes_nothing_at_any_question(desk: Desk, mole: str) -> None:
    """Nor does a number that is not the photo's patient's, left with q."""
    answers = [(WHO, "patient phone"), (CONCERN, "n"), (DIGITS, "1234"), ("Passphrase: ", PASSPHRASE), (DIGITS, "")]
    for count in (0, 1, 2, 4):
        with desk.sit("consent", "withdraw", mole) as session:
            for words, typed in answers[:count]:
                session.answer(words, typed)
            session.answer(answers[count][0], "q")
            assert session.finish().status == 130
    assert history(desk).additions == ()


def test_without_a_terminal_its_use_is_stopped_and_nothing_destroyed(desk: Desk, mole: str) -> None:
    """What is missing is said all at once; then it is recorded, as JSON where that is wanted."""
    missing = desk.run("consent", "withdraw", mole, "--form", "by pigeon")
    assert missing.status == 13
    for word in ("--giver", "--form", "--no-concern", "--keep"):
        assert word in missing.words
    given = ["--giver", "mum", "--form", "phone", "--no-concern", "--keep", "--json"]
    (said,) = ndjson(desk.run("consent", "withdraw", mole, *given))
    assert said == {
        "type": "withdrawn",
        "record": mole,
        "how": "use_stopped",
        "outcome": "retained_as_record_of_care",
    }
    assert history(desk).is_use_stopped


def test_what_was_looked_at_is_kept_and_k_keeps_it_too(desk: Desk, mole: str, tmp_path: Path) -> None:
    """The reason is said, and its use is stopped where that is wanted."""
    with desk.sit("consent", "withdraw", mole) as session:
        session.answer(WHO, "mother, video")
        session.answer(CONCERN, "n")
        session.answer(DIGITS, "k")
        assert session.finish().status == 0
    assert history(desk).is_use_stopped
    other = reference(desk.practice.file_decided(filed(MOLE, body_site="left knee"), b"knee", at=datetime.now(UTC)))
    left = desk.as_clinician("export", other, "-o", tmp_path / "knee.jpg", "--purpose", "diagnosis", "--reason", "2WW")
    assert left.status == 0
    with desk.sit("consent", "withdraw", other) as session:
        session.answer(WHO, "patient phone")
        session.answer(CONCERN, "n")
        session.expect("a copy was exported")
        session.answer(STOP, "y")
        assert session.finish().status == 0
        assert "a copy was exported. Its use can be stopped; two persons may destroy it." in session.words
        assert "Copies that left before are still out there: " in session.words
        assert f"who got it: imgfile audit --record {other} --reasons" in session.words
    assert desk.run("legal-hold", "add", other, "--reason", "claim of May").status == 0
    with desk.sit("consent", "withdraw", other) as session:
        session.answer(WHO, "patient phone")
        session.answer(CONCERN, "n")
        session.answer(STOP, "q")
        assert (
            "a legal hold is on it. Its use can be stopped; two persons may destroy it once no hold is."
            in session.words
        )


@of_format_1
def test_a_vault_of_format_1_says_how_it_gets_there(desk: Desk, mole: str) -> None:
    """Nothing is written into it."""
    refused = desk.run("consent", "withdraw", mole, "--giver", "patient", "--form", "phone", "--no-concern", "--keep")
    assert refused.status == 2
    assert "imgfile vault upgrade" in refused.words


def test_a_signed_form_is_added_at_the_terminal_and_it_leaves_for_teaching(
    desk: Desk, mole: str, tmp_path: Path
) -> None:
    """Asked for what it names, who signed, its file, by whom and when it was asked; then shown and confirmed.

    What cannot stand is asked for again at its question, not refused behind the last one: words alone, no file, a day
    to come.
    """
    form, copy = tmp_path / "form.pdf", tmp_path / "copy.jpg"
    form.write_bytes(b"%PDF-1.7 I agree")
    stated: list[Argument] = ["-o", copy, "--purpose", "teaching_internal", "--reason", "Thursday", "--anonymised"]
    refused = desk.as_clinician("export", mole, *stated)
    assert (refused.status, f"imgfile consent add {mole}" in refused.words) == (17, True)
    with desk.sit("export", mole, "-o", copy, "--purpose", "teaching_internal", "--reason", "Thursday") as session:
        session.answer("Passphrase: ", PASSPHRASE)
        assert session.finish().status == 17  # nobody is asked who can be recognised in what does not leave
    with desk.sit("consent", "add", mole) as session:
        session.answer("For which purposes", "form.pdf")
        session.expect("That is none of the answers; ? lists them.")
        session.answer("For which purposes", "1 3")
        session.answer("Who agreed: ", "patient")
        session.answer("How (1 form  2 signed; ? explains): ", "phone")
        session.answer("How (1 form  2 signed; ? explains): ", "signed")
        session.answer("The form's file (PDF or image): ", "")
        session.expect("An answer is needed")
        session.answer("The form's file (PDF or image): ", str(tmp_path / "none.pdf"))
        session.answer("The form's file (PDF or image): ", str(form))
        session.answer("Asked by: ", "Dr A. Example")
        session.answer("Asked on: ", "31/12/2099")
        session.expect("That is in the future.")
        session.answer("Asked on: ", "today")
        session.answer("Agreed too where the patient can be recognised? (y/n): ", "n")
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("document application/pdf, 16 bytes")
        session.answer("Add it? (y add, q quit): ", "y")
        assert session.finish().status == 0
        assert "form.pdf is as it was:" in session.words
    assert desk.as_clinician("export", mole, *stated).status == 0
    assert copy.exists()


def test_without_a_terminal_all_that_is_missing_is_said_at_once(desk: Desk, mole: str, tmp_path: Path) -> None:
    """Then it is added; a rule that refuses it ends with 17, and nothing is added."""
    form = tmp_path / "form.pdf"
    form.write_bytes(b"%PDF-1.7 I agree")
    missing = desk.run("consent", "add", mole, "--consent-document", form, "--purpose", "publication_named")
    assert missing.status == 13
    for word in ("--giver", "--form", "--asked-by", "--asked-on", "--outlet", "--anonymised", "--identity-file"):
        assert word in missing.words
    given = ["--giver", "patient", "--asked-by", "Dr A. Example", "--asked-on", "today", "--anonymised", "--json"]
    oral = desk.as_clinician("consent", "add", mole, "--purpose", "research", "--form", "phone", *given)
    assert (oral.status, "R3" in oral.words) == (17, True)
    by_nobody = ["Somebody" if word == "Dr A. Example" else word for word in given]  # R26, as at filing
    unknown = desk.as_clinician("consent", "add", mole, "--purpose", "research", "--form", "signed", *by_nobody)
    assert (unknown.status, "is nobody of the roster: add the registration" in unknown.words) == (13, True)
    written: list[Argument] = ["--purpose", "research", "--form", "signed", "--consent-document", form, *given]
    (said,) = ndjson(desk.as_clinician("consent", "add", mole, *written))
    assert said == {"type": "agreed", "record": mole, "purposes": ["research"], "use_allowed": False, "reviewed": False}
    shown = desk.as_clinician("consent", "show", mole).stdout.decode()
    assert "research" in shown
    kinds = [line["type"] for line in ndjson(desk.as_clinician("consent", "show", mole, "--json"))]
    assert kinds == ["consent", "change"]
    out = tmp_path / "out.pdf"
    assert desk.run("consent", "show", mole, "--document", out).status == 13
    left = desk.as_clinician("consent", "show", mole, "--document", out, "--reason", "asked by the college")
    assert (left.status, out.read_bytes()) == (0, form.read_bytes())
    entries = ndjson(desk.as_clinician("audit", "--json", "--reasons"))
    assert [each["reason"] for each in entries if each.get("act") == "exported"] == ["asked by the college"]
    reviewed = desk.as_clinician("consent", "review")
    assert (reviewed.status, "No consent is due" in reviewed.words) == (0, True)


def test_a_withdrawal_that_comes_while_somebody_is_asked_is_not_allowed_again(desk: Desk, mole: str) -> None:
    """Whoever allows the use again has not seen that one; both stay."""
    record = Life(desk.practice, history(desk).manifest)
    record.add(WITHDRAWN, Effect.USE_STOPPED)
    with desk.sit("consent", "add", mole, "--again") as session:
        session.expect("Who agreed: ")
        record.add(WITHDRAWN, Effect.USE_STOPPED)
        session.send("1\r")
        session.answer("How (phone, video, in person, ...): ", "phone")
        session.answer("Passphrase: ", PASSPHRASE)
        assert session.finish().status == 17
    assert "was withdrawn while you were asked" in session.words
    assert len(history(desk).standing(Effect.USE_STOPPED)) == 2


def test_a_review_lists_who_turned_16_and_ends_as_the_patient_agrees(desk: Desk) -> None:
    """No parent's word any more; nobody is asked without a terminal; then nothing is due, and once is enough."""
    knee = reference(desk.practice.file_decided(filed({**KNEE, "dob": "23/11/2010"})))  # the day after it is filed
    due = desk.as_clinician("consent", "review")
    assert "imgfile consent add RECORD --again" in due.words
    assert [words for words in (knee, "16 since") if words not in due.stdout.decode()] == []
    missing = desk.run("consent", "add", knee, "--again")
    assert (missing.status, "--giver" in missing.words, "--form" in missing.words) == (13, True, True)
    mother = desk.as_clinician("consent", "add", knee, "--again", "--giver", "mother", "--form", "phone")
    assert (mother.status, "R6" in mother.words) == (17, True)
    with desk.sit("consent", "add", knee, "--again") as session:
        session.answer("Who agreed:", "patient")
        session.answer("How (phone", "in person")
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("its consent was reviewed: patient agreed again, in person")
        session.answer("Add it?", "y")
        assert session.finish().status == 0
    assert "No consent is due" in desk.as_clinician("consent", "review").words
    once_more = desk.as_clinician("consent", "add", knee, "--again", "--giver", "patient", "--form", "phone", "--json")
    assert (once_more.status, "not due for review" in once_more.words) == (2, True)


def test_a_review_of_somebody_who_cannot_decide_ends_as_those_agree_who_decide_for_them(desk: Desk) -> None:
    """Who found it is asked for, and taken: a photo that was filed on a parent's consent needs nothing else (R7)."""
    knee = reference(desk.practice.file_decided(filed({**KNEE, "dob": "23/11/2010"})))
    assert "imgfile amend RECORD --capacity assessed_lacks" in desk.as_clinician("consent", "review").words
    mother = ("consent", "add", knee, "--again", "--giver", "mother", "--form", "phone")
    assert f"imgfile amend {knee} --capacity assessed_lacks" in desk.as_clinician(*mother).words
    lacks = ("amend", knee, "--capacity", "assessed_lacks", "--reason", "cannot decide at 16")
    unsaid = desk.as_clinician(*lacks)
    assert (unsaid.status, "--capacity-evidence" in unsaid.words) == (13, True)
    assert desk.as_clinician(*lacks, "--capacity-evidence", "Dr A. Example, 18 Dec 2026").status == 0
    assert desk.as_clinician(*mother).status == 0
    assert "No consent is due" in desk.as_clinician("consent", "review").words


def test_a_form_that_a_photo_was_filed_with_is_shown_and_written_out(desk: Desk, tmp_path: Path) -> None:
    """Beside what was agreed; verify opens it, and a copy leaves for what it names."""
    form, photo, out = tmp_path / "form.pdf", tmp_path / "mole.jpg", tmp_path / "out.pdf"
    form.write_bytes(b"%PDF-1.7\nI agree to teaching\n%%EOF\n")
    photo.write_bytes(jpeg())
    answers = {**MOLE, "form": "signed", "purpose": "teaching", "consent_document": str(form)}
    given = [part for slug, text in answers.items() for part in (f"--{slug.replace('_', '-')}", text)]
    done = desk.run("ingest", photo, "--allow-test-id", "--yes", "--json", *given)
    assert done.status == 0, done.words
    record = next(str(line["record"]) for line in ndjson(done) if line["type"] == "photo")
    (said,) = ndjson(desk.as_clinician("consent", "show", record, "--json"))
    assert (said["purposes"], said["counts"], len(str(said["document"]))) == (["teaching_internal"], True, 64)
    shown = desk.as_clinician("show", record).stdout.decode()
    assert "signed form" in shown
    assert "teaching in the practice" in shown
    written = desk.as_clinician("consent", "show", record, "--document", out, "--reason", "asked to see it")
    assert (written.status, out.read_bytes()) == (0, form.read_bytes()), written.words
    opened = desk.as_clinician("verify", "--decrypt")
    assert opened.status == 0, opened.words
