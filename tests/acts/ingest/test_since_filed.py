"""R9, R18, R24: of a photo that is filed already, every door says what was stated of its record since.

| door | where it says so |
| --- | --- |
| the terminal | before anybody goes on, and in the outcome |
| flags, `--answers`, CSV, workbook, NDJSON, a pipe, `--dry-run`, a row whose source is gone | in the outcome |
| each of them with `--json`, and `inbox accept` | there too, as `record_state` |

Nothing of it is passed over because this computer never saw it: what is stated and not there closes the record.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.inbox import decide as deciding
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.ingest.recall import recall
from imgfile.acts.life.person import admit_person
from imgfile.acts.options import Request
from imgfile.acts.outcome import Failed, Filed, Outcome, Refused, Since
from imgfile.cli.ingest.dialogue import known_lines
from imgfile.cli.ingest.report import filed_words
from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged
from imgfile.station import Station, known_vaults
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.records import manifest
from imgfile.vault.records.open_item import open_item
from kit import rules_table
from kit.photos.jpeg_png import jpeg, pixels
from kit.rules_table import UNATTENDED, lines_through
from kit.vault.filings import ADULT, filed, flags
from kit.vault.inbox import put
from kit.vault.ingest_runs import KEPT, Attendant, local, run_of
from kit.vault.joining import account, joined
from kit.vault.lives import HOLD, WITHDRAWN, Life, as_intimate, with_senior
from kit.vault.practice import NOON, Practice, clinician_of

WHO = {"patient": ADULT, "dob": "3/3/71"}
"""All that is answered: nothing new is said of the photo."""
STATED: dict[Since, Callable[[Life], object]] = {
    Since.WITHDRAWN: lambda life: life.add(WITHDRAWN, Effect.USE_STOPPED),
    Since.LEGAL_HOLD: lambda life: life.add(HOLD, Effect.HELD),
    Since.INTIMATE: lambda life: life.add(as_intimate(), Effect.INTIMATE),
}
CASES: list[tuple[Since, ...]] = [(), *((each,) for each in STATED), tuple(STATED)]
"""Nothing, each by itself, and all of them."""
PHOTOS = [jpeg(pixels(40 + number)) for number in range(len(CASES))]


def file(practice: Practice, number: int) -> Life:
    """File one of the photos."""
    done = practice.file_decided(filed(), PHOTOS[number])
    return Life(practice, manifest.load(practice.vault, done.patient, done.record))


def source_of(folder: Path, number: int) -> Path:
    """Put a photo down as it came."""
    path = folder / f"{number}.jpg"
    path.write_bytes(PHOTOS[number])
    return path


@pytest.fixture(scope="module")
def stated() -> Iterator[Practice]:
    """File a photo for each case, and state of it since what the case has."""
    with rules_table.bench() as made:
        for number, case in enumerate(CASES):
            life = file(made.practice, number)
            for each in case:
                STATED[each](life)
        yield made.practice


@pytest.mark.parametrize("options", [[], ["--dry-run"]], ids=["", "dry"])
@pytest.mark.parametrize("door", UNATTENDED)
@pytest.mark.usefixtures("stated")
def test_every_unattended_door_says_what_holds_by_now(tmp_path: Path, door: str, options: list[str]) -> None:
    """And goes on: who withdrew wants no copy left in a mailbox either."""
    photos = [source_of(tmp_path, number) for number in range(len(CASES))]
    lines = lines_through(tmp_path, door, photos, [WHO] * len(CASES), *options)
    assert [tuple(line.get("record_state", ())) for line in lines] == CASES  # type: ignore[arg-type]
    assert {line["outcome"] for line in lines} == {"ready" if options else "already_filed"}
    assert {path.exists() for path in photos} == {bool(options) or door == "pipe"}


def test_at_the_terminal_it_is_seen_before_anybody_goes_on(stated: Practice, tmp_path: Path) -> None:
    """And stands in the outcome, in words."""
    for number, case in enumerate(CASES):
        somebody = Attendant()
        run = run_of(stated, replace(KEPT, is_confirmed=False), somebody)
        ((_, outcome),) = ingest(run, [Request(local(source_of(tmp_path, number)), flags(WHO))])
        assert isinstance(outcome, Filed)
        assert outcome.since == case
        ((source, fate, known),) = somebody.known
        first = next(known_lines(source, fate, known))
        for each in Since:
            assert (each.label in first, each.label in filed_words(outcome)) == (each in case, each in case)


@pytest.mark.slow
def test_a_row_whose_source_is_gone_and_what_waits_in_the_inbox_say_so_too(stated: Practice) -> None:
    """Whoever accepts an item that is filed already learns what it is accepted as."""
    by = admit_person(stated.vault, [clinician_of(stated)], MAY_SETTLE, "accept")
    for number, case in enumerate(CASES):
        found = recall(run_of(stated), flags(WHO), Digest(hashlib.sha256(PHOTOS[number]).hexdigest()))
        assert isinstance(found, Filed)
        waits = open_item(stated.vault, put(stated, data=PHOTOS[number]), by.practice)
        assert (found.since, deciding.decide(run_of(stated), waits, {}, by.person, None).since) == (case, case)


ELSEWHERE: dict[str, Callable[[Life], object]] = {
    **{each.value: said for each, said in STATED.items()},
    "moved": lambda life: life.go(How.MOVED),
    "destroyed the same day": lambda life: life.go(How.WITHDRAWN),
    "destroyed": lambda life: life.go(How.DESTROYED),
}


GONE = {"moved": "R25", "destroyed the same day": "R24", "destroyed": "R18"}
"""The rule that refuses the photo then."""


def found_there(source: Path) -> Outcome:
    """Ingest a photo as the account that is, as its next command does."""
    (pin,) = known_vaults()
    run = Run(open_vault(Station(pin)), KEPT, lambda: NOON)
    ((_, outcome),) = ingest(run, [Request(local(source), flags(WHO))])
    return outcome


@pytest.mark.parametrize("said", ELSEWHERE)
def test_what_another_computer_stated_is_not_hidden_by_an_older_copy_of_the_record(
    practice: Practice, tmp_path: Path, said: str
) -> None:
    """At one that never read of it: what stands there is said, or refuses it; taken away, the record is closed."""
    practice, second, source = with_senior(practice), tmp_path / "second", source_of(tmp_path, 0)
    life = file(practice, 0)
    joined(practice, second)
    life = replace(life, practice=replace(practice, vault=practice.reopened()))
    shutil.copytree(practice.folder, tmp_path / "before")
    shutil.copytree(second, tmp_path / "unread")
    ELSEWHERE[said](life)
    with account(second):
        outcome = found_there(source)
    if said in GONE:
        assert isinstance(outcome, Refused), outcome
        assert outcome.error.rule == GONE[said]
    else:
        assert isinstance(outcome, Filed), outcome
        assert outcome.since == (said,)
    here = layout.record(life.of.folder, life.of.record)
    for part in (here, "keys"):
        shutil.rmtree(practice.folder / part)
        shutil.copytree(tmp_path / "before" / part, practice.folder / part)
    with account(tmp_path / "unread"):
        outcome = found_there(source)
    assert isinstance(outcome, Failed), outcome
    assert isinstance(outcome.error, Damaged)
    assert "a trail states it" in outcome.error.message
    assert source.exists()


def test_of_one_that_was_moved_on_its_end_counts(practice: Practice) -> None:
    """Moved to another number, and destroyed there: it is nowhere to be found under its new reference."""
    practice = with_senior(practice)
    first = file(practice, 0)
    gone = first.move_away()
    assert gone.to is not None
    second = Life(practice, manifest.load(practice.vault, *gone.to))
    second.go(How.DESTROYED)
    ((_, outcome),) = ingest(run_of(practice, KEPT), [Request(local(source_of(practice.folder.parent, 0)), flags(WHO))])
    assert isinstance(outcome, Refused)
    assert (outcome.error.rule, second.of.reference in outcome.error.message) == ("R18", True)
