"""Manifests: signed by a listed station, for one place, and saying what manifests say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.records import manifest
from kit.vault.practice import Practice, resigned


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "objects": {"image.age": body["objects"]["image.age"]}},
        lambda body: {**body, "objects": {**body["objects"], "image.age": {"length": "3", "sha256": "0" * 64}}},
        lambda body: {**body, "objects": {**body["objects"], "image.age": {"length": 3, "sha256": "0"}}},
        lambda body: {**body, "filed": "yesterday"},
        lambda body: {**body, "objects": 3},
        lambda body: {"record": body["record"]},
        lambda body: {**body, "record": "0" * 32},
    ],
)
def test_a_manifest_must_say_what_manifests_say(practice: Practice, change: Callable[[Body], Body]) -> None:
    """Even this station's own signature does not make nonsense a manifest."""
    filed = practice.file()
    resigned(practice, "manifest", f"{layout.record(filed.patient, filed.record)}/{layout.MANIFEST}", change)
    with pytest.raises(Damaged):
        manifest.load(practice.vault, filed.patient, filed.record)
