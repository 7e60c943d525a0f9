"""What ingest does where a vault or another computer is in the way; the path itself is played in tests/cli."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from imgfile.acts.ingest import context, pipeline
from imgfile.acts.ingest import decide as deciding
from imgfile.acts.ingest.candidate import Confirmed, Stage
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.examine import examine
from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Failed, Filed, Outcome, Ready, Skipped
from imgfile.clinical.proofs import Verified
from imgfile.errors import AnswerInvalid, Damaged, NotWritable, SourceRemains
from imgfile.mail import search
from imgfile.mail.removal import plan
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.store.directory import Store
from imgfile.vault.trail import permissions
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.vault.erasure import FailingSystem, stand_in
from kit.vault.ingest_runs import CONFIRMED, DRY, Attendant, local, parts_of, request, run_of
from kit.vault.practice import Practice


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a photo in a file."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(photos.phone_jpeg())
    return path


def file(practice: Practice, *paths: Path, wishes: Wishes = CONFIRMED) -> list[Outcome]:
    """File photos of one adult, unattended."""
    requests = [request(local(path)) for path in paths]
    return [outcome for _, outcome in ingest(run_of(practice, wishes), requests)]


def test_a_trail_that_cannot_be_written_leaves_every_source(
    practice: Practice, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R15: the record is there, but nothing is erased without its entry; the next run finishes."""

    def refuse(_vault: Vault, _proven: Sequence[Verified], **_: object) -> None:
        raise NotWritable("the disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(permissions, "release", refuse)
        (outcome,) = file(practice, photo)
    assert isinstance(outcome, Failed)
    assert photo.exists()
    (outcome,) = file(practice, photo)
    assert isinstance(outcome, Filed)
    assert not outcome.is_new
    assert not photo.exists()


@pytest.mark.parametrize("count", [2, 6])
def test_the_last_photo_of_a_run_reads_as_many_manifests_as_the_first(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """Each is read when it is published, and once more by the run: however many photos its patient has."""
    read, real = Counter[str](), Store.read

    def counted(store: Store, name: str) -> bytes:
        read[name] += 1
        return real(store, name)

    paths = [tmp_path / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(photos.phone_jpeg(width=64 + 8 * number))
    earlier = file(practice, paths.pop(0))
    monkeypatch.setattr(Store, "read", counted)
    outcomes = earlier + file(practice, *paths)
    assert all(isinstance(outcome, Filed) and outcome.is_new for outcome in outcomes)
    manifests = sorted(times for name, times in read.items() if name.endswith(layout.MANIFEST))
    assert len(manifests) == count
    assert manifests[-1] <= 2


def test_a_photo_that_is_filed_already_is_confirmed_too(practice: Practice, photo: Path) -> None:
    """Without a terminal and without --yes its source stays."""
    file(practice, photo, wishes=replace(CONFIRMED, is_source_kept=True))
    (outcome,) = file(practice, photo, wishes=Wishes(allow_test=True))
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, AnswerInvalid)
    assert [problem.flag for problem in outcome.error.problems] == ["--yes"]
    assert file(practice, photo, wishes=Wishes(is_dry=True, allow_test=True)) == [Ready()]
    assert photo.exists()


def test_what_another_computer_filed_keeps_its_source(
    practice: Practice, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be proven from here: exit 15, and the reference is reported."""
    file(practice, photo, wishes=replace(CONFIRMED, is_source_kept=True))

    def refuse(*_: object) -> None:
        raise SourceRemains("filed by another computer")

    monkeypatch.setattr("imgfile.vault.records.commit.prove_stored", refuse)
    (outcome,) = file(practice, photo)
    assert isinstance(outcome, Filed)
    assert outcome.remains is not None
    assert outcome.erasure is None
    assert photo.exists()


def test_a_stored_copy_that_does_not_match_erases_nothing(practice: Practice, photo: Path) -> None:
    """R16: "already filed" counts only after the copy was matched again."""
    file(practice, photo, wishes=replace(CONFIRMED, is_source_kept=True))
    (image,) = practice.folder.rglob("image.age")
    image.write_bytes(image.read_bytes()[:-1])
    (outcome,) = file(practice, photo)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Damaged)
    assert photo.exists()


def test_the_same_photo_twice_in_a_group_is_one_record(practice: Practice, photo: Path) -> None:
    """Two files of the same bytes: the second is recognised, and both go."""
    twin = photo.with_name("twin.jpg")
    twin.write_bytes(photo.read_bytes())
    first, second = file(practice, photo, twin)
    assert isinstance(first, Filed)
    assert isinstance(second, Filed)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.reference == second.reference
    assert not photo.exists()
    assert not twin.exists()


# --- groups -------------------------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path: Path) -> list[Path]:
    """Give five photos in files."""
    paths = [tmp_path / f"{number}.jpg" for number in range(5)]
    for number, path in enumerate(paths):
        path.write_bytes(photos.jpeg(photos.pixels(100 + number, 80)))
    return paths


def groups(run: Run, requests: Iterable[Request], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many photos went through filing together, group by group."""
    sizes: list[int] = []

    def note(_run: Run, group: Sequence[Confirmed]) -> list[Outcome]:
        sizes.append(len(group))
        return [Skipped() for _ in group]

    monkeypatch.setattr(pipeline, "file", note)
    assert len(list(ingest(run, requests))) == sum(sizes)
    return sizes


def test_a_group_is_full_by_its_count(practice: Practice, many: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch pays for one audit note a group."""
    assert (pipeline.GROUP_PHOTOS, pipeline.GROUP_BYTES) == (16, 67_108_864)
    requests = [request(local(path)) for path in many]
    assert groups(run_of(practice), requests, monkeypatch) == [5]
    monkeypatch.setattr(pipeline, "GROUP_PHOTOS", 2)
    assert groups(run_of(practice), requests, monkeypatch) == [2, 2, 1]


def test_a_group_is_full_by_what_it_holds_in_memory(
    practice: Practice, many: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each photo as it is and stripped."""
    requests = [request(local(path)) for path in many]
    run = run_of(practice)
    sizes = [len(each.photo.data) + len(each.stripped.data) for each in (examine(run, one) for one in requests)]
    monkeypatch.setattr(pipeline, "GROUP_BYTES", sizes[0] + sizes[1])
    assert groups(run, requests, monkeypatch)[0] == 2
    monkeypatch.setattr(pipeline, "GROUP_BYTES", sizes[0] + sizes[1] + 1)
    assert groups(run, requests, monkeypatch)[0] == 3


def test_each_outcome_comes_in_its_place_whatever_becomes_of_the_others(practice: Practice, many: list[Path]) -> None:
    """As soon as its group is done."""
    many[1].write_bytes(b"no photo")
    requests = [request(local(path)) for path in many[:3]]
    yielded = list(ingest(run_of(practice), iter(requests)))
    assert [asked for asked, _ in yielded] == requests
    assert [type(outcome) for _, outcome in yielded] == [Filed, Failed, Filed]
    assert [path.exists() for path in many[:3]] == [False, True, False]


def test_a_photo_is_filed_before_the_next_group_is_read(
    practice: Practice, many: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that is stopped has done what it said."""
    monkeypatch.setattr(pipeline, "GROUP_PHOTOS", 1)
    running = ingest(run_of(practice), [request(local(path)) for path in many])
    assert isinstance(next(running)[1], Filed)
    assert [path.exists() for path in many] == [False, True, True, True, True]


def test_a_dry_run_is_ready_and_writes_nothing(practice: Practice, many: list[Path]) -> None:
    """What would fail fails."""
    many[1].write_bytes(b"no photo")
    before = {path: path.stat().st_mtime_ns for path in practice.folder.rglob("*")}
    first, second = file(practice, *many[:2], wishes=DRY)
    assert first == Ready()
    assert isinstance(second, Failed)
    assert {path: path.stat().st_mtime_ns for path in practice.folder.rglob("*")} == before
    assert all(path.exists() for path in many)


def test_the_stations_lock_is_held_while_photos_are_filed_and_not_while_they_are_decided_about(
    practice: Practice, many: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never while somebody types; nor where there is nothing to file."""
    events: list[str] = []

    @contextmanager
    def locked(_station: Station) -> Iterator[None]:
        events.append("locked")
        yield
        events.append("unlocked")

    def decide(run: Run, wanted: Request) -> Stage:
        events.append("decided")
        return deciding.decide(run, wanted)

    def note(_run: Run, group: Sequence[Confirmed]) -> list[Outcome]:
        events.append("filed")
        return [Skipped() for _ in group]

    monkeypatch.setattr(Station, "locked", locked)
    monkeypatch.setattr(pipeline, "decide", decide)
    monkeypatch.setattr(pipeline, "file", note)
    assert file(practice, many[0]) == [Skipped()]
    assert events == ["decided", "locked", "filed", "unlocked"]
    events.clear()
    many[0].write_bytes(b"no photo")
    file(practice, many[0])
    file(practice, many[1], wishes=DRY)
    assert events == ["decided", "decided"]


def test_attended_photos_are_filed_message_by_message(practice: Practice, many: list[Path]) -> None:
    """Each photo of its own is one; what was typed is filed before the next is asked about."""
    somebody = Attendant()
    running = ingest(run_of(practice, CONFIRMED, somebody), [request(local(path)) for path in many[:2]])
    assert isinstance(next(running)[1], Filed)
    assert len(somebody.shown) == 1
    assert [path.exists() for path in many[:2]] == [False, True]
    assert isinstance(next(running)[1], Filed)


def test_a_run_over_nothing_opens_nothing(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the pseudonyms."""
    monkeypatch.setattr(context, "open_pseudonyms", lambda _vault: pytest.fail("they were opened"))
    assert list(ingest(run_of(practice), [])) == []


def test_a_photo_of_a_mailbox_is_planned_once_decoded_twice_and_its_mailbox_opened_four_times(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To read the photo, to plan its removal, to choose what it is known by, and to erase it: no more than that."""
    counts: Counter[str] = Counter()

    def counting(module: ModuleType, name: str) -> None:
        real = getattr(module, name)

        def counted(*arguments: object, **named: object) -> object:
            counts[name] += 1
            return real(*arguments, **named)

        monkeypatch.setattr(module, name, counted)

    def opening(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        counts["open"] += name == "open" and arguments[0] == tmp_path / "Inbox"
        return real(*arguments, **named)

    with ExitStack() as held:
        mail = mailboxes.mail(mailboxes.text(), mailboxes.photo(photos.phone_jpeg(), kind="image/jpeg"))
        (part,) = parts_of(tmp_path / "Inbox", mail, held)
        for module in (search, plan):
            counting(module, "decode_image")
        counting(plan, "plan_removal")
        stand_in(FailingSystem(opening), monkeypatch.setattr)
        ((_, outcome),) = ingest(run_of(practice), [request(part)])
    assert isinstance(outcome, Filed)
    assert outcome.erasure
    assert counts == {"plan_removal": 1, "decode_image": 2, "open": 4}
