"""The demonstration's stage: every place lies inside its folder, and afterwards all is as before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgfile.cli.demo.stage import stage

VARIABLES = ("IMGFILE_STATE", "IMGFILE_VAULT", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Set every variable that leads to an account's own things."""
    values = {name: f"/own/{name}" for name in (*VARIABLES, "IMGFILE_NO_INPUT", "IMGFILE_DEBUG")}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    yield values
    assert {name: os.environ.get(name) for name in values} == values


def test_on_the_stage_every_place_is_inside_its_folder(settings: dict[str, str]) -> None:
    """And afterwards folder and environment are as before, even when something fails."""
    before = Path.cwd()

    def play() -> Path:
        with stage(Path("vault")):
            here = Path.cwd()
            assert all(Path(os.environ[name]).is_relative_to(here) for name in VARIABLES)
            assert "IMGFILE_DEBUG" not in os.environ
            raise FileNotFoundError(here)

    with pytest.raises(FileNotFoundError) as stopped:
        play()
    assert not Path(str(stopped.value)).exists()
    assert Path.cwd() == before
    assert settings
