"""A practice on a network share that is odd in every way that shares are: nothing is lost, whoever works on it.

Two computers and a bare one live through joining, approving, filing, removing, recovering, accepting a loss and
verifying, each seeing the vault as its own client does. Every act ends rightly, or with one sentence of ours and the
source kept, and the same act again completes it.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.outcome import Failed, Filed, Outcome
from imgfile.acts.practice import join, recover
from imgfile.acts.practice.administrator import Administrator, admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove
from imgfile.acts.practice.recover import Newcomer
from imgfile.acts.restore.acceptance import accept
from imgfile.acts.restore.put_back import put_back
from imgfile.errors import Error, NoVault
from imgfile.station import Station
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.choose import choose
from imgfile.vault.joining.judge import find
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.store import patience
from kit.photos import jpeg_png as photos
from kit.vault.ingest_runs import local, request, run_of
from kit.vault.joining import COLLEAGUE, account, ask, enrolled, let_in
from kit.vault.practice import NOON, Practice, clinician_of
from kit.vault.share import Share, on

T = TypeVar("T")
MOST_TRIES = 300
"""How often an act is run until it is done, where a share shows late what others wrote: each may be one look at
one name on the way."""
LINKLESS = {"link_refusal": errno.EOPNOTSUPP}
NEVER = 1 << 30
ODDITIES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a local disk": ({}, set()),
    "no hard links, EPERM": ({"link_refusal": errno.EPERM}, {"link"}),
    "no hard links, EOPNOTSUPP": (LINKLESS, {"link"}),
    "no sync of folders, EINVAL": ({"sync_refusal": errno.EINVAL}, {"sync of a folder"}),
    "no sync of folders, ENOTSUP": ({"sync_refusal": errno.ENOTSUP}, {"sync of a folder"}),
    **{
        f"in use for a moment, {errno.errorcode[code]}": ({"in_use": code, **LINKLESS}, {"in use", "link"})
        for code in (errno.EACCES, errno.EBUSY, errno.ETXTBSY)
    },
    "in use for a moment, with links": ({"in_use": errno.EBUSY}, {"in use"}),
    "shows late": ({"lag": 3}, {"unseen", "unlisted"}),
    "shows very late": ({"lag": 40}, {"unseen", "unlisted"}),
    "everything": (
        {"lag": 3, "link_refusal": errno.EPERM, "sync_refusal": errno.EINVAL, "in_use": errno.EBUSY},
        {"unseen", "unlisted", "link", "sync of a folder", "in use"},
    ),
}
SHORT = ("a local disk", "everything")
"""What every run tries; the others take as long each, and are asked for by `-m long`."""


@dataclass
class Client:
    """One computer at the share: its state, and how it sees the vault and the photos that lie there too."""

    state: Path
    share: Share

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Be this computer."""
        with account(self.state), on(self.share):
            yield

    def vault(self) -> Vault:
        """Open the vault as the next command would."""
        return open_vault(choose(None))


class Scene:
    """A practice on a share."""

    def __init__(self, practice: Practice, tmp_path: Path, oddity: dict[str, Any]) -> None:
        self.practice, self.folder, self.oddity = practice, tmp_path, oddity
        self.photos = tmp_path / "photos"
        self.photos.mkdir()
        self.clients: list[Client] = []
        self.filed = 0
        self.founder = clinician_of(practice)

    def client(self, state: str) -> Client:
        """Connect a computer, which remembers what lies there now."""
        one = Client(self.folder / state, Share([self.practice.folder, self.photos], **self.oddity))
        self.clients.append(one)
        return one

    @property
    def met(self) -> set[str]:
        """What was odd, of any computer's."""
        return {oddity for one in self.clients for oddity in one.share.met}

    def done(self, client: Client, act: Callable[[], T]) -> T:
        """Run an act until it is done; each refusal is one sentence of ours."""
        for _ in range(MOST_TRIES):
            with client.at_work():
                try:
                    return act()
                except Error as error:
                    said = error
            assert ". " not in said.message
        raise said

    def administrator(self, vault: Vault) -> Administrator:
        """Admit the founder."""
        return admit_administrator(vault, [self.founder])

    def files(self, client: Client) -> None:
        """File a photo that lies on the share: it is kept until it is filed."""
        path = self.photos / f"{len(list(self.photos.iterdir()))}-{self.filed}.jpg"
        path.write_bytes(photos.phone_jpeg(width=64 + 16 * self.filed))
        client.share.look_away()

        def once() -> Outcome:
            run = replace(run_of(replace(self.practice, vault=client.vault())), vault=client.vault())
            ((_, outcome),) = ingest(run, [request(local(path))])
            if isinstance(outcome, Failed):
                assert path.exists()
                raise outcome.error
            return outcome

        outcome = self.done(client, once)
        assert isinstance(outcome, Filed), outcome
        assert outcome.remains is None
        assert not path.exists()
        self.filed += 1


def admitted(scene: Scene, admin: Client, newcomer: Client) -> None:
    """Let a computer in: it asks, an administrator types its words, it looks for the approval."""
    joining = scene.done(newcomer, lambda: join.resumed(join.look(scene.practice.folder)) or ask(scene.practice))

    def approves() -> None:
        vault = admin.vault()
        asked = find(vault.store, vault.id, joining.request.words)
        if asked is None:
            raise NoVault("it does not show yet.")
        let_in(replace(scene.practice, vault=vault), asked, COLLEAGUE)

    scene.done(admin, approves)

    def enrols() -> None:
        resumed = join.resumed(join.look(scene.practice.folder))
        assert resumed is not None
        roster = join.approval(resumed)
        if roster is None:
            raise NoVault("no approval is there yet.")
        enrolled(replace(resumed, identity=joining.identity))

    scene.done(newcomer, enrols)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait long: what shows late shows after so many looks, and not by the clock."""
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(patience, "SHOWING_SECONDS", 0.05)
    monkeypatch.setattr(patience, "CLAIMED_SECONDS", 0.2)
    monkeypatch.setattr("imgfile.device.PAUSES_SECONDS", (0, 0))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "oddity",
    [name if name in SHORT else pytest.param(name, marks=pytest.mark.long) for name in ODDITIES],
)
def test_a_practice_lives_on_a_share(practice: Practice, tmp_path: Path, oddity: str) -> None:
    """From joining to a restore. All of them: `python -m pytest -n 0 -m "" tests/promises/test_on_a_share.py`."""
    options, expected = ODDITIES[oddity]
    scene = Scene(practice, tmp_path, options)
    admin, laptop = scene.client("state"), scene.client("laptop")
    admitted(scene, admin, laptop)
    for client in (admin, laptop, admin):
        scene.files(client)
    backup = tmp_path / "backup"
    shutil.copytree(practice.folder, backup)
    bare = scene.client("bare")
    _is_recovered(scene, bare)
    _is_removed(scene, admin)
    scene.files(bare)
    _is_whole(scene, [admin, bare])
    _is_restored(scene, admin, backup)
    scene.files(admin)
    assert expected <= scene.met, scene.met


def _is_recovered(scene: Scene, bare: Client) -> None:
    def recovers() -> None:
        vault = recover.look(scene.practice.folder, recover.first_roster(scene.practice.folder))
        by = recover.admit_recovery(vault, scene.practice.recovery[0])
        recover.recover(vault, by, Newcomer("Dr C. Third", "GMC 7333333", "BARE", "copper-sparrow-ledger"), at=NOON)

    scene.done(bare, recovers)


def _is_removed(scene: Scene, admin: Client) -> None:
    """Remove the colleague, their laptop with them, although the recovery shows late here."""

    def removes() -> None:
        vault = admin.vault()
        person = next((one for one in vault.roster.people if one.name == COLLEAGUE.name), None)
        if person is not None:
            laptops = [entry.station for entry in vault.roster.stations if entry.person == person.who]
            remove(vault, scene.administrator(vault), Leaver(person, laptops), at=NOON)

    scene.done(admin, removes)
    with admin.at_work():
        roster = admin.vault().roster
    assert [one.name for one in roster.people] == ["Dr A. Example", "Dr C. Third"]
    assert len(roster.generations) == 2


def _is_whole(scene: Scene, clients: Sequence[Client], *kinds: Kind) -> None:
    """See that the vault is sound to every computer, in the end, and that every record opens."""
    for client in clients:
        client.share.look_away()
        with client.at_work():
            vault = client.vault()
            found = [one for one in verify(vault) if one.kind not in {Kind.UNFINISHED, *kinds}]
            assert found == []
            if not kinds:
                keys, _ = open_practice(vault, scene.practice.recovery)
                assert [*verify_openings(vault, keys)] == []


def _is_restored(scene: Scene, admin: Client, backup: Path) -> None:
    """Put an older backup in the vault's place, and accept what is lost."""
    shutil.rmtree(scene.practice.folder)
    shutil.copytree(backup, scene.practice.folder)
    admin.share.look_away()

    def accepts() -> None:
        here: Station = choose(None)
        loss = put_back(here)
        accept(loss, None if loss.is_nothing else scene.administrator(loss.vault), at=NOON)

    scene.done(admin, accepts)
    _is_whole(scene, [admin], Kind.LOST)
