"""The acts of a practice as commands, each in a scene that shows what it must not lose: who is in, and what opens.

A scene is a vault with a record in it, the founder's state, and a locum who is a clinician, with a second computer.
What is true afterwards is looked at twice: by somebody who knows nothing of the vault but its first roster, and at the
computer that ran the command.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from imgfile import sealing
from imgfile.acts.practice import recover
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.errors import Error, WrongKey
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.choose import choose
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.trail import read as trail
from kit.vault.filings import MOLE, filed
from kit.vault.joining import account, ask
from kit.vault.people import enrol_person
from kit.vault.practice import (
    NOON,
    Practice,
    as_format_1,
    clinician_of,
    copy_practice,
    enrol_second_station,
)
from promises.world import Call, Children, Ran, read_calls

FOUNDER: Final = "Dr A. Example"
LOCUM: Final = "Dr L. Locum"
COLLEAGUE: Final = "Dr B. Colleague"
FIRST_RECOVERY: Final = "recovery.txt"
NEW_RECOVERY: Final = "recovery-2.txt"
REQUEST: Final = "words"
PARTS: Final = ("vault", "state", "bare", "files")
"""A scene's folders: the vault, the founder's state, the state of a computer that knows nothing, and their files."""


@dataclass(frozen=True)
class Act:
    """One command, the scene it is run in, and what must be true when it is done."""

    name: str
    words: Sequence[str]
    """The command, with `{files}` and `{vault}` for where these lie, `{request}` for a request's eight words."""
    furnish: Callable[[Practice], Practice]
    people: frozenset[str]
    """Whom the roster lists then."""
    stations: int
    """How many computers it lists then."""
    account: str = "state"
    """In which state it is run."""
    begins_generation: bool = False
    """Whether nobody who left may open what is filed then."""
    recovery: str = FIRST_RECOVERY
    """The file of the recovery key that the roster lists then."""
    is_restored: bool = False
    """Whether the vault is short of what its newest roster names until it is done."""
    entered: str = ""
    """What the roster that it signs says it did, where the trail must say so too."""


# --- the scenes ---------------------------------------------------------------------------------------------


def with_locum(practice: Practice) -> Practice:
    """List a locum with a computer of their own, and file a record that everybody opens."""
    enrolled, newcomer = enrol_person(practice, LOCUM, "GMC 7222222")
    (practice.folder.parent / "files" / "locum.txt").write_bytes(sealing.render_identity_file(newcomer.identity))
    enrol_second_station(enrolled, practice.folder.parent / "locum")
    shutil.rmtree(practice.folder.parent / "locum")
    enrolled = replace(enrolled, vault=enrolled.reopened())
    enrolled.file_decided(filed(MOLE), b"before")
    return enrolled


def asked(practice: Practice) -> Practice:
    """Be asked by a colleague at a computer of their own, and hold a record."""
    practice.file_decided(filed(MOLE), b"before")
    with account(practice.folder.parent / "colleague"):
        request = ask(practice).request
    (practice.folder.parent / "files" / REQUEST).write_text(request.words)
    return practice


def of_format_1(practice: Practice) -> Practice:
    """Be a vault that 0.1.0 founded, with a record."""
    old = as_format_1(practice)
    old.file_decided(filed(MOLE), b"before")
    return old


def restored(practice: Practice) -> Practice:
    """Be restored from a backup that is older than the locum's removal, and than a record."""
    practice = with_locum(practice)
    backup = practice.folder.with_name("backup")
    shutil.copytree(practice.folder, backup)
    vault = practice.vault
    leaver = next(one for one in vault.roster.people if one.name == LOCUM)
    by = admit_administrator(vault, [clinician_of(practice)])
    practice = replace(practice, vault=remove(vault, by, Leaver(leaver), at=NOON))
    practice.file_decided(filed(MOLE), b"lost")
    shutil.rmtree(practice.folder)
    backup.rename(practice.folder)
    return practice


def restored_and_short(practice: Practice) -> Practice:
    """Be restored so, on a computer that keeps no copy of its own trail: that is closed, and it goes on anew."""
    practice = restored(practice)
    shutil.rmtree(practice.vault.station.folder / "kept" / "trail")
    return practice


_KNOWN: Final = ("--identity-file", "{files}/founder.txt", "--no-input")
_NEW_FILE: Final = ("--new-recovery-file", f"{{files}}/{NEW_RECOVERY}")
_BOTH: Final = frozenset({FOUNDER, LOCUM})
ACTS: Final = (
    Act(
        "approve",
        ("people", "approve", "--words", "{request}", "--person", f"{COLLEAGUE}, doctor, GMC 7111111", *_KNOWN),
        asked,
        people=frozenset({FOUNDER, COLLEAGUE}),
        stations=2,
        entered="approved",
    ),
    Act(
        "remove",
        ("people", "remove", LOCUM, "--retire", "ROOM-2", *_NEW_FILE, "--confirm", "GMC 7222222", *_KNOWN),
        with_locum,
        people=frozenset({FOUNDER}),
        stations=1,
        begins_generation=True,
        recovery=NEW_RECOVERY,
        entered="removed",
    ),
    Act(
        "keys recovery new",
        ("keys", "recovery", "new", *_NEW_FILE, *_KNOWN),
        with_locum,
        people=_BOTH,
        stations=2,
        recovery=NEW_RECOVERY,
        entered="recovery",
    ),
    Act(
        "recover",
        (
            *("recover", "{vault}", "--recovery-file", f"{{files}}/{FIRST_RECOVERY}", "--yes", "--no-input"),
            *("--clinician", f"{COLLEAGUE}, GMC 7111111", "--station-name", "LAPTOP-9"),
            *("--identity-command", "cat {files}/passphrase"),
        ),
        with_locum,
        people=_BOTH | {COLLEAGUE},
        stations=3,
        account="bare",
    ),
    Act(
        "accept-loss",
        ("vault", "accept-loss", "--yes", *_KNOWN),
        restored,
        people=frozenset({FOUNDER}),
        stations=2,
        begins_generation=True,
        is_restored=True,
    ),
    Act(
        "accept-loss, its own trail short",
        ("vault", "accept-loss", "--yes", *_KNOWN),
        restored_and_short,
        people=frozenset({FOUNDER}),
        stations=2,
        begins_generation=True,
        is_restored=True,
    ),
    Act(
        "upgrade",
        ("vault", "upgrade", "--recovery-file", f"{{files}}/{FIRST_RECOVERY}", *_KNOWN),
        of_format_1,
        people=frozenset({FOUNDER}),
        stations=1,
        entered="upgraded",
    ),
    Act(
        "upgrade with a new recovery key",
        ("vault", "upgrade", *_NEW_FILE, *_KNOWN),
        of_format_1,
        people=frozenset({FOUNDER}),
        stations=1,
        recovery=NEW_RECOVERY,
        entered="upgraded",
    ),
)


@dataclass(frozen=True)
class Scene:
    """One act's scene in a folder, of which `clean` keeps a copy, and the children that run its command."""

    act: Act
    folder: Path
    clean: Path
    founder: sealing.KeyIdentity = field(repr=False)
    children: Children = field(repr=False)

    def reset(self) -> None:
        """Put everything back as it was."""
        for part in PARTS:
            shutil.rmtree(self.folder / part, ignore_errors=True)
            shutil.copytree(self.clean / part, self.folder / part)

    def is_untouched(self) -> bool:
        """Return whether every file is what it was, byte for byte."""
        return all(_contents(self.folder / part) == _contents(self.clean / part) for part in PARTS)

    def job(self, **fault: Any) -> dict[str, Any]:  # noqa: ANN401 - numbers of several kinds
        """Describe the command as a job for the children."""
        home = self.clean.parent / "home"
        home.mkdir(exist_ok=True)
        files = self.folder / "files"
        asked = (files / REQUEST).read_text() if (files / REQUEST).exists() else ""
        places = {"files": str(files), "vault": str(self.folder / "vault"), "request": asked}
        return {
            "argv": [word.format(**places) for word in self.act.words],
            "cwd": str(self.folder),
            "state": str(self.folder / self.act.account),
            "home": str(home),
            "log": str(home / "log"),
            "fault": fault,
            "quick": True,
        }

    def run(self, **fault: Any) -> Ran:  # noqa: ANN401 - as above
        """Run the command, with a fault."""
        job = self.job(**fault)
        home = Path(job["home"])
        for name in ("log", "out", "err"):
            (home / name).unlink(missing_ok=True)
        status = self.children.run(job)
        said = "".join((home / name).read_text("utf-8", "backslashreplace") for name in ("out", "err"))
        calls: tuple[Call, ...] = read_calls(home / "log")
        return Ran(status, said, calls)

    # --- what is true afterwards --------------------------------------------------------------------------

    def holders(self) -> Iterator[tuple[str, sealing.KeyIdentity]]:
        """Yield who holds a key by now: the founder, and whoever has a recovery file that was written."""
        yield "founder", self.founder
        for name in (FIRST_RECOVERY, NEW_RECOVERY):
            if (path := self.folder / "files" / name).exists():
                yield name, sealing.parse_identity_file(path.read_bytes())[0]

    def _read_by_a_stranger(self) -> Vault:
        """Return the vault as it lies there, to somebody who knows no more than its first roster."""
        vault = self.folder / "vault"
        return recover.look(vault, recover.first_roster(vault))

    def lost(self) -> Iterator[str]:
        """Yield what must never be: damage, a key that opens less than before, a recovery key whose file is nowhere."""
        with _account(self.folder / "nobody"):
            vault = self._read_by_a_stranger()
            if not self.act.is_restored:
                yield from (f"{one.where}: {one.message}" for one in verify(vault) if one.kind.is_damage)
            held = dict(self.holders())
            recoveries = [name for name in held if _holder(vault, held[name]) == vault.roster.recovery.holder]
            if not recoveries:
                yield "the roster lists a recovery key that is in no file"
            for who in ("founder", *recoveries):
                yield from (f"{who} opens no more: {problem}" for problem in _unopened(vault, held[who]))
            if FOUNDER not in {one.name for one in vault.roster.people}:
                yield "the founder is out"

    def unfinished(self) -> Iterator[str]:
        """Yield what a finished act would not leave, at the computer that ran it; file there, and see who opens it."""
        yield from self.lost() if not self.act.is_restored else ()
        with _account(self.folder / self.act.account):
            vault = open_vault(choose(None))
            yield from self._listed_wrongly(vault)
            if not vault.is_enrolled:
                yield "this computer is not listed"
                return
            Practice(vault, self.folder / "vault", Path()).file_decided(filed(MOLE), b"after")
            yield from (f"{one.where}: {one.message}" for one in verify(vault) if one.kind.is_damage)
            held = dict(self.holders())
            for who in ("founder", self.act.recovery):
                yield from (f"{who} opens no more: {problem}" for problem in _unopened(vault, held[who]))
            yield from self._opened_wrongly(vault)

    def _listed_wrongly(self, vault: Vault) -> Iterator[str]:
        roster = vault.roster
        if (people := [one.name for one in roster.people]) != sorted(self.act.people, key=people.index):
            yield f"the roster lists {people}"
        if len(roster.stations) != self.act.stations:
            yield f"the roster lists {[entry.name for entry in roster.stations]}"
        if roster.format == 1:
            yield "the vault is of format 1"
        signed = [one for one in vault.rosters() if one.change == self.act.entered]
        entered = [
            entry["digest"]
            for note in trail.walk(vault, vault.here.station)
            for entry in note.entries
            if entry["act"] == "roster"
        ]
        if self.act.entered and (len(signed) != 1 or entered.count(signed[0].note.digest) != 1):
            yield f"{len(signed)} rosters were signed, and the trail says so {len(entered)} times"

    def _opened_wrongly(self, vault: Vault) -> Iterator[str]:
        """Yield what somebody who left, or holds a recovery key that was replaced, opens of what is filed now."""
        gone = [self.folder / "files" / "locum.txt"] if LOCUM not in self.act.people else []
        gone += [self.folder / "files" / FIRST_RECOVERY] if self.act.recovery != FIRST_RECOVERY else []
        for path in gone if self.act.begins_generation else ():
            if not path.exists():
                continue
            keys, _ = open_practice(vault, sealing.parse_identity_file(path.read_bytes()))
            if vault.roster.generation.number in keys.by_generation:
                yield f"{path.name} opens what is filed now"


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _holder(vault: Vault, identity: sealing.KeyIdentity) -> str:
    """Return who holds the practice's key with an identity; "" for nobody."""
    try:
        return open_practice(vault, [identity])[1]
    except WrongKey:
        return ""


def _unopened(vault: Vault, holder: sealing.KeyIdentity) -> list[str]:
    try:
        return [f"{one.where}: {one.message}" for one in verify_openings(vault, open_practice(vault, [holder])[0])]
    except Error as error:
        return [error.message]


@contextmanager
def _account(state: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state))
        yield


def make_scene(act: Act, template: Path, folder: Path, aside: Path, children: Children) -> Scene:
    """Furnish an act's scene in a folder; its clean copy goes aside. IMGFILE_STATE must be `state` in the folder."""
    practice = copy_practice(template, folder, folder / "state")
    (folder / "files").mkdir()
    (folder / "bare").mkdir()
    (folder / FIRST_RECOVERY).rename(folder / "files" / FIRST_RECOVERY)
    practice = replace(practice, recovery_file=folder / "files" / FIRST_RECOVERY)
    founder = clinician_of(practice)
    (folder / "files" / "founder.txt").write_bytes(sealing.render_identity_file(founder))
    (folder / "files" / "passphrase").write_text("some other passphrase\n")
    act.furnish(practice)
    for part in PARTS:
        shutil.copytree(folder / part, aside / "clean" / part)
    scene = Scene(act, folder, aside / "clean", founder, children)
    to_import = {"argv": [*act.words[:2], "--help"], "cwd": str(aside), "warm": True}
    children.run({**scene.job(), **to_import})
    return scene
