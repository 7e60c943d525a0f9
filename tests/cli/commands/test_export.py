"""`imgfile export`: a copy leaves only for what was agreed, whole, entered, and to a new private file or a pipe."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.practice import PASSPHRASE, PHOTO


@pytest.fixture
def mole(desk: Desk) -> str:
    """File the mole; return its reference."""
    return reference(desk.practice.file_decided(filed(MOLE)))


def stated(purpose: str = "diagnosis", reason: str = "2WW") -> list[str]:
    """Return the flags that state purpose and reason."""
    return ["--purpose", purpose, "--reason", reason]


def exports(desk: Desk) -> list[tuple[str, str]]:
    """Return purpose and reason of every export that the trail tells of."""
    lines = ndjson(desk.as_clinician("audit", "--json", "--reasons"))
    return [(line["purpose"], line["reason"]) for line in lines if line.get("act") == "exported"]


def test_a_file_is_new_private_and_exactly_the_filed_photo(desk: Desk, mole: str, tmp_path: Path) -> None:
    """The trail tells of it, and where the name has no ending, a better one is suggested."""
    copy = tmp_path / "copy"
    outcome = desk.as_clinician("export", mole, "-o", copy, *stated())
    assert outcome.status == 0, outcome.words
    assert copy.read_bytes() == PHOTO
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "copy.jpg" in outcome.words
    assert exports(desk) == [("diagnosis", "2WW")]


def test_a_pipe_gets_the_photo_and_nothing_else(desk: Desk, mole: str) -> None:
    """With the words on standard error."""
    outcome = desk.as_clinician("export", mole, "-o", "-", *stated("referral_advice"))
    assert (outcome.status, outcome.stdout, outcome.words) == (0, PHOTO, "")


def test_a_screen_gets_no_photo_and_nothing_is_entered(desk: Desk, mole: str) -> None:
    """That is said before any passphrase is asked for."""
    with desk.sit("export", mole, "-o", "-", *stated()) as session:
        assert session.finish().status == 2
        assert "Passphrase" not in session.screen
    assert exports(desk) == []


def test_what_exists_is_never_replaced(desk: Desk, mole: str, tmp_path: Path) -> None:
    """A file, a link that leads nowhere; a folder that is not there is not made. Nothing is entered."""
    taken, link = tmp_path / "taken.jpg", tmp_path / "link.jpg"
    taken.write_bytes(b"mine")
    link.symlink_to(tmp_path / "nowhere")
    for path in (taken, link, tmp_path / "absent" / "copy.jpg"):
        assert desk.as_clinician("export", mole, "-o", path, *stated()).status == 19
    assert taken.read_bytes() == b"mine"
    assert exports(desk) == []


@pytest.mark.parametrize("purpose", ["monitoring_response", "teaching_internal", "marketing", "medico_legal"])
def test_r5_for_anything_else_the_copy_is_refused(desk: Desk, mole: str, tmp_path: Path, purpose: str) -> None:
    """Exit code 17; nothing is written or entered."""
    outcome = desk.as_clinician("export", mole, "-o", tmp_path / "copy.jpg", *stated(purpose))
    assert outcome.status == 17
    assert not (tmp_path / "copy.jpg").exists()
    assert exports(desk) == []


def test_r5_what_was_filed_as_evidence_leaves_as_evidence(desk: Desk, tmp_path: Path) -> None:
    """And for nothing else: neither a referral nor our own record is implied."""
    evidence = reference(desk.practice.file_decided(filed({**MOLE, "purpose": "safeguarding_evidence"})))
    refused = desk.as_clinician("export", evidence, "-o", tmp_path / "no.jpg", *stated("referral_advice"))
    assert (refused.status, "It may leave for: safeguarding_evidence" in refused.words) == (17, True)
    given = stated("safeguarding_evidence")
    assert desk.as_clinician("export", evidence, "-o", tmp_path / "copy.jpg", *given).status == 0
    assert (tmp_path / "copy.jpg").read_bytes() == PHOTO


def test_r9_an_intimate_photo_of_a_child_leaves_for_a_referral_alone(desk: Desk, tmp_path: Path) -> None:
    """And the hint says how to look at it instead."""
    rash = reference(desk.practice.file_decided(filed(RASH)))
    refused = desk.as_clinician("export", rash, "-o", tmp_path / "copy.jpg", *stated())
    assert refused.status == 17
    assert "imgfile view" in refused.words
    assert desk.as_clinician("export", rash, "-o", tmp_path / "copy.jpg", *stated("referral_advice")).status == 0
    assert (tmp_path / "copy.jpg").read_bytes() == PHOTO


@pytest.mark.parametrize(
    ("given", "told_of"),
    [
        (["--purpose", "fun"], "--purpose: is no purpose"),
        (["--purpose", "diagnosis", "--reason", " "], "--reason: is empty"),
        (["--reason", "a\u202eb"], "--reason: has a character that cannot be seen"),
    ],
)
def test_answers_that_cannot_be_used_are_told_with_those_that_are_missing(
    desk: Desk, mole: str, given: list[str], told_of: str
) -> None:
    """All at once, exit code 13."""
    outcome = desk.run("export", mole, "-o", "-", *given)
    assert outcome.status == 13
    assert told_of in outcome.words
    assert "--identity-file" in outcome.words


PURPOSE = "Purpose [our own clinical record] (? lists): "


def test_what_is_not_given_is_asked_the_passphrase_last(desk: Desk, mole: str, tmp_path: Path) -> None:
    """Purpose, then reason; a slip is asked again; a purpose may be typed in words. Whose photo it is, is shown."""
    with desk.sit("export", mole, "-o", tmp_path / "copy.jpg") as session:
        session.answer(PURPOSE, "fun")
        session.expect("That is no purpose that a photo may leave for; one of: 1 ")
        session.expect("2 diagnosis")
        session.answer(PURPOSE, "Referral or advice")
        session.answer("Reason, and who gets it: ", "2WW clinic")
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("NHS 943 476 5870, born 3 Mar 1971; left shoulder")
        assert session.finish().status == 0
    assert (tmp_path / "copy.jpg").read_bytes() == PHOTO
    assert exports(desk) == [("referral_advice", "2WW clinic")]


@pytest.mark.parametrize(
    "typed", ["4", "referral_advice", "Referral or advice", "referral advice", "4 referral or advice"]
)
def test_a_purpose_is_taken_by_number_code_and_words(desk: Desk, mole: str, tmp_path: Path, typed: str) -> None:
    """As they are printed; `?` lists and explains them."""
    with desk.sit("export", mole, "-o", tmp_path / "copy.jpg", "--identity-file", desk.identity) as session:
        session.answer(PURPOSE, "?")
        session.expect("1 our own clinical record")
        session.expect("e.g.  ")
        session.answer(PURPOSE, typed)
        session.answer("Reason, and who gets it: ", "?")
        session.expect("e.g.  ")
        session.answer("Reason, and who gets it: ", "2WW clinic")
        assert session.finish().status == 0
    assert exports(desk) == [("referral_advice", "2WW clinic")]


def test_q_leaves_an_export_with_a_plain_sentence(desk: Desk, mole: str, tmp_path: Path) -> None:
    """At each prompt; nothing is written or entered, and `q` is no reason."""
    prompts = [(PURPOSE, "referral advice"), ("Reason, and who gets it: ", "2WW"), ("Passphrase: ", "q")]
    for number in range(len(prompts)):
        with desk.sit("export", mole, "-o", tmp_path / "copy.jpg") as session:
            for question, typed in prompts[:number]:
                session.answer(question, typed)
            session.answer(prompts[number][0], "q")
            assert session.finish().status == 130
            assert "error" not in session.screen
    assert not (tmp_path / "copy.jpg").exists()
    assert exports(desk) == []


def test_no_message_cites_a_file_of_the_source(desk: Desk, mole: str) -> None:
    """What may be answered is named instead."""
    words = desk.as_clinician("export", mole, "-o", "-", "--purpose", "fun", "--reason", "x").words
    assert "docs/" not in words
    assert ".md" not in words
    assert "one of: own_clinical_record, diagnosis, monitoring_response, referral_advice, procedure_record" in words


def test_where_to_is_asked_at_a_terminal_and_its_flag_named_elsewhere(desk: Desk, mole: str, tmp_path: Path) -> None:
    """What cannot be written is asked again, before anything is opened; unattended it is missing like any answer."""
    taken, folder = tmp_path / "taken.jpg", tmp_path / "drop"
    taken.write_bytes(b"mine")
    folder.mkdir()
    with desk.sit("export", mole, *stated(), "--identity-file", desk.identity) as session:
        session.answer("Where to: ", "?")
        session.answer("Where to: ", str(taken))
        session.answer("Where to: ", "")
        session.answer("Where to: ", str(folder))
        assert session.finish().status == 0
        said = " ".join(session.screen.split())
    assert "erasing it is up to you" in said
    assert "exists, and nothing is ever replaced. Choose another name." in said
    assert "A file or a folder is needed here." in said
    assert (folder / f"{mole}.jpg").read_bytes() == PHOTO
    assert taken.read_bytes() == b"mine"
    for named, missing in ((mole, ""), ("", "RECORD or --patient - ")):
        outcome = desk.run("export", *filter(None, [named]), "--purpose", "diagnosis")
        assert outcome.status == 13
        assert f"missing: {missing}--output --reason --identity-file\n" in outcome.words
