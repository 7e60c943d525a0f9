"""What every test may ask for."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from imgfile import sealing
from imgfile.sealing.passphrase import Passphrase
from imgfile.vault import layout
from imgfile.vault.store import patience
from kit.disk import wait_for_no_disk_of
from kit.terminal.desk import Desk
from kit.vault.practice import PASSPHRASE, Practice, as_format_1, copy_practice, found_practice, tells_birth_dates_apart
from kit.volumes import release_stale

pytest_plugins = ["kit.fast"]

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if settings.get_current_profile_name() == "default":  # `kit.fast` has one of its own
    settings.load_profile("untimed")  # nothing rests on how busy the computer is


def pytest_sessionstart(session: pytest.Session) -> None:
    """Release what a killed run left mounted in the folder that this one is told to begin in anew; wait for nothing."""
    told = session.config.getoption("basetemp")
    if told and sys.platform == "linux" and os.geteuid() == 0 and not hasattr(session.config, "workerinput"):
        release_stale(Path(told))
    wait_for_no_disk_of(Path(told).parent if told else Path(tempfile.gettempdir()))
    vars(patience).update(SHOWING_SECONDS=0, CLAIMED_SECONDS=0)  # a local disk shows nothing late


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test a station state of its own, and no configuration from outside."""
    folder = tmp_path / "state"
    monkeypatch.setenv("IMGFILE_STATE", str(folder))
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found one X25519 vault, which tests share as copies: one by which their birth dates can be told apart."""
    while True:
        folder = tmp_path_factory.mktemp("template")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IMGFILE_STATE", str(folder / "state"))
            if tells_birth_dates_apart(found_practice(folder)):
                return folder


@pytest.fixture
def practice(request: pytest.FixtureRequest, tmp_path: Path, state: Path, template: Path) -> Practice:
    """Give this test a vault of its own: a copy of the template, trusted where it lies now; see `of_each_format`."""
    made = copy_practice(template, tmp_path, state)
    return as_format_1(made) if getattr(request, "param", layout.FORMAT_VERSION) == layout.FORMAT_1 else made


@pytest.fixture(scope="session")
def clinician(template: Path) -> bytes:
    """Return the identity file of the template's clinician, open; the same in every copy."""
    (sealed,) = (template / "state").glob("vaults/*/identity.age")
    return sealing.unseal_bytes(sealed.read_bytes(), [Passphrase(PASSPHRASE)])


@pytest.fixture
def desk(practice: Practice, clinician: bytes, state: Path, tmp_path: Path) -> Desk:
    """Sit down at the computer that founded the vault."""
    identity = tmp_path / "clinician.txt"
    identity.write_bytes(clinician)
    return Desk(practice, state, identity)
