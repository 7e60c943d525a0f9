"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaults import Practice, copy_practice, found_practice


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test a station state of its own, and no configuration from outside."""
    folder = tmp_path / "state"
    monkeypatch.setenv("IMGFILE_STATE", str(folder))
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found one X25519 vault; its passphrase alone takes a second of scrypt, so tests share it as copies."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(folder / "state"))
        found_practice(folder)
    return folder


@pytest.fixture
def practice(tmp_path: Path, state: Path, template: Path) -> Practice:
    """Give this test a vault of its own: a copy of the template, trusted where it lies now."""
    return copy_practice(template, tmp_path, state)
