"""Worlds, one for each kind of source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.vault.practice import Practice
from promises.world import SOURCES, Children, World, make_world, warm_children


@pytest.fixture(scope="session")
def children(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Children]:
    """Start the process whose children are the commands."""
    with warm_children(tmp_path_factory.mktemp("children"), template) as started:
        yield started


@pytest.fixture(params=SOURCES)
def world(request: pytest.FixtureRequest, practice: Practice, children: Children) -> World:
    """Furnish a world with a photo in a file, or in a mailbox."""
    return make_world(practice, request.param, children)
