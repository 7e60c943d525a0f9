"""`imgfile policy`, as it is typed and as a script gives it: shown, checked, edited, and obeyed by the next photo."""

from __future__ import annotations

import json
from pathlib import Path

from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile, imgfile_session

OWN = """\
schemes = ["nhs", "local"]
local_number = "T-####"
rationale_phrases = ["Seen by video, photo asked for to judge"]
ordinary_sites = ["widget"]
"""
ASKED = "--form phone --obtained-at 20/11/2026"


def test_it_is_shown_checked_changed_and_obeyed(desk: Desk, tmp_path: Path) -> None:
    """From the printed file to a photo that is filed by the new settings."""
    policy, photo = tmp_path / "p.toml", tmp_path / "a.jpg"
    written = desk.run("policy", "show", "--toml").stdout.decode()
    policy.write_text(f"{written}{OWN}min_rationale_characters = 10\n")
    outcome = desk.as_clinician("policy", "edit", "--file", policy, "--yes")
    assert (outcome.status, "line 8, min_rationale_characters: is no number from 20 to 400" in outcome.words) == (
        13,
        True,
    )
    policy.write_text(f"{written}{OWN}")
    assert imgfile("policy", "check", policy, env={"IMGFILE_STATE": str(tmp_path / "none")}).status == 0
    (fact,) = ndjson(imgfile("policy", "check", "-", "--json", stdin=policy.read_bytes()))
    assert (fact["format"], fact["settings"]["schemes"]) == (2, ["nhs", "local"])
    missing = desk.run("policy", "edit")
    assert (missing.status, "missing: --file --yes --identity-file" in missing.words) == (13, True)
    outcome = desk.as_clinician("policy", "edit", "--file", policy, "--yes")
    assert outcome.status == 0
    assert "This loosens: patients' numbers, further ordinary sites." in outcome.words
    assert "stops filing until updated" in outcome.words
    (fact,) = ndjson(desk.as_clinician("policy", "edit", "--file", policy, "--yes", "--json"))
    assert fact["changes"] == []
    (shown,) = ndjson(desk.run("policy", "show", "--json"))
    assert (shown["digest"], shown["settings"]["local_number"]) == (fact["digest"], "T-####")
    assert "Photos for your care" in json.loads(desk.run("policy", "notice", "--json").stdout)["text"]
    photo.write_bytes(photos.jpeg())
    given = f"--dob 3/3/71 --body-site widget --purpose diagnosis --basis patient_capacity_16plus {ASKED} --yes".split()
    answers = (*given, "--rationale", "1 + the lesion")
    filed = desk.run("ingest", photo, "--patient", "local t-1234", *answers)
    assert (filed.status, photo.exists()) == (0, False)
    assert len(desk.run("list", "--patient", "-", "-q", stdin=b"local T-1234\n").stdout.splitlines()) == 1


def test_in_an_editor_it_is_opened_again_until_it_can_be_one(desk: Desk, tmp_path: Path) -> None:
    """What changes is said before it is signed, and q leaves everything as it was."""
    editor = tmp_path / "editor"
    editor.write_text(
        "#!/bin/sh\n"
        'grep -q "^quarantine_days" "$1" && sed -i "s/^quarantine_days.*/quarantine_days = 3/" "$1" || '
        'sed -i "s/^# quarantine_days.*/quarantine_days = 300/" "$1"\n'
    )
    editor.chmod(0o700)
    line = ("policy", "edit", "--identity-file", desk.identity)
    with imgfile_session(*line, env={**desk.environment, "VISUAL": str(editor)}) as session:
        session.expect("quarantine_days: is no number from 1 to 28")
        session.answer("Edit it again?", "")
        session.expect("days in quarantine: stricter")
        session.answer("Sign it? (y sign, q leave it as it was):", "?")
        session.expect("not judged anew")
        session.answer("Sign it?", "q")
        assert session.finish().status == 130
    assert ndjson(desk.run("policy", "show", "--json"))[0]["settings"]["quarantine_days"] == 7
