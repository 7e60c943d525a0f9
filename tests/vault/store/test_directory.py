"""The store: what is not there, what cannot be read, and what is not ours."""

from __future__ import annotations

import errno

import pytest

from imgfile.errors import Damaged, NotWritable
from imgfile.vault.records import find as records
from imgfile.vault.store import directory as store
from imgfile.vault.store.directory import MAX_OBJECT_BYTES
from kit.vault.erasure import refusing
from kit.vault.practice import Practice


def test_the_store_names_what_is_wrong(practice: Practice) -> None:
    """Missing, unreadable, too long and unsyncable objects are told apart, by their name in the vault."""
    store = practice.vault.store
    with pytest.raises(Damaged, match="nowhere is missing"):
        store.read("nowhere")
    with pytest.raises(Damaged, match="nowhere is missing"):
        store.read_back("nowhere")
    with pytest.raises(Damaged, match="keys in the vault is no file that imgfile wrote: it is a folder"):
        store.read("keys")
    with pytest.raises(Damaged, match=r"roster/1\.note in the vault is no folder"):
        list(store.names("roster/1.note"))
    with pytest.raises(Damaged, match="cannot be read"):
        list(store.names("n" * 999))
    assert list(store.names("nowhere")) == list(store.unfinished("nowhere")) == []
    with pytest.raises(NotWritable, match="nowhere"):
        store.sync("nowhere")
    with (practice.folder / "huge").open("wb") as stream:
        stream.truncate(MAX_OBJECT_BYTES + 1)
    with pytest.raises(Damaged, match="File too large"):
        store.read("huge")


def test_a_share_that_fails_for_a_moment_is_not_an_empty_one(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a photo would be filed twice, and a trail begun anew."""
    filed = practice.file()
    assert records.is_published(practice.vault, filed.patient, filed.record)
    monkeypatch.setattr(store, "os", refusing("lstat", errno.ESTALE))
    with pytest.raises(Damaged, match=r"cannot be read: Stale"):
        records.is_published(practice.vault, filed.patient, filed.record)
