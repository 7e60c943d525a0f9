"""Changing the policy: two at once, one that died, one that is not allowed, and who obeys the newest."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.list import folders_of, list_records
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Failed, Filed, Refused
from imgfile.acts.practice.administrator import admit_administrator, sign_roster
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.acts.practice.people import change_roles
from imgfile.acts.practice.policy import change_policy, editable
from imgfile.clinical.policy import dump
from imgfile.clinical.vocabulary import AttesterRole, WhoMayAsk
from imgfile.errors import Damaged, NotWritable, UsageError
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.roster.model import Role
from imgfile.vault.trail import read as trail
from kit.photos.jpeg_png import jpeg, pixels
from kit.vault.filings import MOLE, filed, flags
from kit.vault.ingest_runs import CONFIRMED, local
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, clinician_of


def test_the_newest_roster_names_the_policy_that_every_station_obeys(practice: Practice) -> None:
    """It is entered in the trail, and the earlier policy stays for the earlier rosters."""
    before = editable(practice.vault)
    wanted = replace(before, quarantine_days=3, intimate_sites=("scalp",))
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    vault = change_policy(practice.vault, by, wanted, at=NOON)
    assert (vault.policy, vault.roster.change) == (wanted, "policy")
    assert open_vault(practice.vault.station).policy == wanted
    newest = list(trail.walk(vault, vault.here.station))[-1].entries[-1]
    assert (newest["act"], newest["digest"]) == ("roster", vault.roster.note.digest)
    assert list(verify(vault)) == []
    again = change_policy(vault, by, before, at=NOON)
    assert (again.policy, again.roster.number) == (before, vault.roster.number + 1)
    assert list(verify(again)) == []


def test_of_two_edits_at_once_the_slower_one_is_refused_and_changes_nothing(practice: Practice) -> None:
    """Nobody has seen what the two would be together; both files lie there, and one is named."""
    before = practice.vault.policy
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    quicker = change_policy(practice.vault, by, replace(before, quarantine_days=3), at=NOON)
    with pytest.raises(UsageError, match=f"changed meanwhile, by roster {quicker.roster.number}"):
        change_policy(practice.vault, by, replace(before, quarantine_days=4), at=NOON)
    with pytest.raises(UsageError, match="names this very policy"):
        change_policy(practice.vault, by, replace(before, quarantine_days=3), at=NOON)
    assert open_vault(practice.vault.station).roster.number == quicker.roster.number
    assert open_vault(practice.vault.station).policy.quarantine_days == 3
    other = change_roles(quicker, by, "Dr A. Example", [Role.ADMINISTRATOR, Role.CLINICIAN], at=NOON)
    assert change_policy(quicker, by, before, at=NOON).roster.number == other.roster.number + 1


def test_an_edit_that_died_before_its_roster_is_finished_by_the_same_one(practice: Practice) -> None:
    """The file lies there, named by nobody; another file of its name is not taken for it."""
    wanted = replace(practice.vault.policy, quarantine_days=3)
    name = layout.policy(hashlib.sha256(dump(wanted)).hexdigest())
    practice.vault.store.publish(name, dump(wanted))
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    assert change_policy(practice.vault, by, wanted, at=NOON).policy == wanted
    forged = replace(wanted, quarantine_days=28)
    practice.vault.store.publish(layout.policy(hashlib.sha256(dump(forged)).hexdigest()), b"format = 1\n")
    with pytest.raises(Damaged):
        change_policy(open_vault(practice.vault.station), by, forged, at=NOON)


def test_only_an_administrator_changes_it_and_nobody_what_a_newer_imgfile_wrote(practice: Practice) -> None:
    """Nothing is written in either case."""
    enrolled, locum = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    with pytest.raises(UsageError, match="may not change"):
        admit_administrator(enrolled.vault, [locum.identity])
    by = admit_administrator(enrolled.vault, [clinician_of(enrolled)])
    newer = replace(enrolled.vault.policy, unknown_keys=("zeal",))
    with pytest.raises(NotWritable):
        change_policy(enrolled.vault, by, newer, at=NOON)
    assert len(list(enrolled.vault.store.names(layout.POLICY))) == 1


def test_r26_who_left_may_have_asked_before_and_not_afterwards(practice: Practice, tmp_path: Path) -> None:
    """Where only the practice may ask; otherwise they are a registrant like any other."""
    enrolled, _ = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    by = admit_administrator(enrolled.vault, [clinician_of(enrolled)])
    locum = next(one for one in enrolled.vault.roster.people if one.name == "Dr L. Locum")
    vault = remove(enrolled.vault, by, Leaver(locum), at=NOON - timedelta(days=3))
    vault = change_policy(vault, by, replace(vault.policy, who_may_ask=WhoMayAsk.ROSTER), at=NOON)
    for day, outcome in (("19/11/2026", Filed), ("20/11/2026", Refused), ("19/11/2026", Filed)):
        photo = tmp_path / f"{len(list(tmp_path.iterdir()))}.jpg"
        photo.write_bytes(jpeg(pixels(64 + len(list(tmp_path.iterdir())))))
        answers = {**MOLE, "obtained_by": "Dr L. Locum", "obtained_at": day}
        run = Run(open_vault(vault.station), CONFIRMED, lambda: NOON)
        ((_, became),) = ingest(run, [Request(local(photo), given=flags(answers))])
        assert isinstance(became, outcome), became
        assert photo.exists() is (outcome is Refused)


def test_a_policy_of_a_newer_format_stops_filing_and_nothing_else(practice: Practice, tmp_path: Path) -> None:
    """It may ask for what this imgfile would pass over; what is filed is listed, opened and verified all the same."""
    filed_before = practice.file_decided(filed(MOLE))
    newer = b"format = 3\n" + dump(practice.vault.policy).partition(b"\n")[2] + b"sunset = true\n"
    digest = hashlib.sha256(newer).hexdigest()
    practice.vault.store.publish(layout.policy(digest), newer)
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    vault = sign_roster(practice.vault, by, "policy", lambda newest: replace(newest, policy_digest=digest), at=NOON)
    photo = tmp_path / "a.jpg"
    photo.write_bytes(jpeg(pixels()))
    ((_, became),) = ingest(Run(vault, CONFIRMED, lambda: NOON), [Request(local(photo), given=flags(MOLE))])
    assert isinstance(became, Failed)
    assert "newer imgfile" in became.error.message
    assert photo.exists()
    assert [each.reference for each in list_records(vault)] == [layout.reference(filed_before.record)]
    assert folders_of(vault, MOLE["patient"])
    keys, _ = open_practice(vault, [clinician_of(practice)])
    assert [*verify_openings(vault, keys)] == [*verify(vault)] == []
    with pytest.raises(Damaged, match="newer imgfile"):
        editable(vault)


def test_r9_only_whom_the_policy_lets_attest_is_asked_for(practice: Practice) -> None:
    """As what somebody attests is in the roster, and an administrator says it."""
    by = admit_administrator(practice.vault, [clinician_of(practice)])
    doctors = replace(practice.vault.policy, attester_roles=(AttesterRole.DOCTOR,))
    vault = change_policy(practice.vault, by, doctors, at=NOON)
    run = Run(vault, Wishes(), lambda: NOON)
    assert list(run.attesters()) == []
    assert run.clinician_here is not None
    roles = vault.roster.people[0].roles
    for attester, counted in ((AttesterRole.NURSE, 0), (AttesterRole.DOCTOR, 1), ("", 1)):
        vault = change_roles(vault, by, "Dr A. Example", roles, attester=attester, at=NOON)
        assert len(list(Run(vault, Wishes(), lambda: NOON).attesters())) == counted
