"""Where the demonstration plays: a temporary folder, and an environment that leads nowhere else."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def stage(vault: Path) -> Iterator[None]:
    """Work in a temporary folder and in an environment that leads nowhere else; afterwards both are as before."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="imgfile-demo-") as name:
        folder = Path(name).resolve()
        kept = {key: value for key, value in before.items() if not key.startswith(("IMGFILE_", "XDG_"))}
        try:
            _set_environment(kept | _own_environment(folder, vault))
            with contextlib.chdir(folder):
                yield
        finally:
            _set_environment(before)


def _own_environment(folder: Path, vault: Path) -> dict[str, str]:
    """Return what keeps state, settings, thumbnails and the list of recent files inside the folder."""
    homes = {f"XDG_{kind}_HOME": str(folder / "home" / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
    return {
        **homes,
        "IMGFILE_STATE": str(folder / "state"),
        "IMGFILE_VAULT": str(folder / vault),
        "IMGFILE_JSON": "0",  # these three win over a configuration file, wherever this platform keeps one
        "IMGFILE_QUIET": "0",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "NO_COLOR": "1",
    }


def _set_environment(values: dict[str, str]) -> None:
    for name in os.environ.keys() - values.keys():
        del os.environ[name]
    os.environ.update(values)
