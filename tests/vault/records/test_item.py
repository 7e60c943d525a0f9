"""An item of the inbox: its note says what such a note says, and it opens to the very photo it was put there with."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from imgfile import sealing
from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged, UsageError
from imgfile.sealing.x25519 import X25519Identity
from imgfile.vault import layout
from imgfile.vault.keys import things
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.records import item
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import SealedObject
from imgfile.vault.records.open_item import open_item, open_item_photo
from kit.vault.filings import MOLE, filed
from kit.vault.inbox import put, put_decided
from kit.vault.practice import PHOTO, Practice, resigned


def keys_of(practice: Practice) -> PracticeKeys:
    """Open the practice's key."""
    return open_practice(practice.vault, practice.recovery)[0]


def note_of(of: Item) -> str:
    """Return where an item's note lies."""
    return f"{layout.item(of.item)}/{layout.MANIFEST}"


def test_an_item_opens_to_what_was_put_there(practice: Practice) -> None:
    """It is listed and found by its reference; what else lies in the inbox is none."""
    vault, first, second = practice.vault, put(practice), put(practice, data=b"another")
    inbox = practice.folder / layout.INBOX
    (inbox / "notes.txt").touch()
    (inbox / ("a" * 32)).mkdir()
    assert {*item.items(vault)} == {first.item, second.item}
    assert item.find(vault, first.reference) == first
    opened = open_item(vault, first, keys_of(practice))
    assert (opened.form, open_item_photo(vault, opened, keys_of(practice))) == (None, PHOTO)


def test_a_reference_names_one_item_or_is_refused(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words that say what to type instead."""
    vault, first, second = practice.vault, put(practice), put(practice, data=b"another")
    monkeypatch.setattr(layout, "reference", lambda each: "aaaa-aaaa" if each == first.item else "aaaa-bbbb")
    refused = {
        "!": ("that is no reference.", "References look like 7f3k-q2ma:  imgfile inbox list"),
        "cccc": ("nothing in the inbox is called cccc.", "List it:  imgfile inbox list"),
        "aaaa": ("aaaa names 2 items: aaaa-", "Type one more character."),
    }
    for typed, (message, hint) in refused.items():
        with pytest.raises(UsageError) as caught:
            item.find(vault, typed)
        assert caught.value.message.startswith(message)
        assert caught.value.hint == hint
    assert item.find(vault, "aaaa-b") == second


ODD: tuple[Any, ...] = (None, 3, "x", [], ["x"])


def test_a_note_that_says_something_else_is_no_items(practice: Practice) -> None:
    """Each fact lost or of another shape, well signed; and the true note in another item's place."""
    of, other = put(practice), put(practice, data=b"another")
    path = practice.folder / note_of(of)
    kept = path.read_bytes()
    facts = ("item", "why", "key", "objects", "deadline", "received", "roster")
    changes: list[Callable[[dict[str, Any]], dict[str, Any]]] = []
    for name in facts:
        changes.append(lambda body, name=name: {each: value for each, value in body.items() if each != name})  # type: ignore[misc]
        changes += [lambda body, name=name, value=value: {**body, name: value} for value in ODD]  # type: ignore[misc]
    for change in changes:
        resigned(practice, "item", note_of(of), change)
        with pytest.raises(Damaged) as caught:
            item.load(practice.vault, of.item)
        assert caught.value.message == f"{note_of(of)} does not say what an item's note says."
        path.write_bytes(kept)
    path.write_bytes((practice.folder / note_of(other)).read_bytes())
    with pytest.raises(Damaged, match=f"^{note_of(of)} belongs to another item"):
        item.load(practice.vault, of.item)


def resealed(practice: Practice, of: Item, name: str, data: bytes, reader: sealing.PublicRecipient) -> Item:
    """Put other bytes in an object's place, and return the item as a note would state it then."""
    sealed = sealing.seal_bytes(data, [reader])
    (practice.folder / layout.item(of.item) / name).write_bytes(sealed)
    stated = SealedObject(len(sealed), Digest(hashlib.sha256(sealed).hexdigest()))
    return replace(of, objects={**of.objects, name: stated})


def test_objects_that_are_not_this_items_are_refused(practice: Practice) -> None:
    """Of another item, sealed anew to this one's key, or to a key that nobody has: each in its own words."""
    vault, keys = practice.vault, keys_of(practice)
    of, other = put(practice), put(practice, data=b"another")
    here, opened = layout.item(of.item), open_item(vault, of, keys)
    own = things.open_identity(vault, of.key, keys)
    assert isinstance(own, X25519Identity)
    changed = resealed(practice, of, layout.IMAGE, b"another photo", own.recipient)
    with pytest.raises(Damaged, match=f"^{here}/{layout.IMAGE} is not what the item's note states"):
        open_item_photo(vault, opened, keys)
    with pytest.raises(Damaged, match=f"^{here} holds another photo than its facts state"):
        open_item_photo(vault, replace(opened, item=changed), keys)
    stranger = sealing.generate_identity(post_quantum=False)
    changed = resealed(practice, of, layout.FACTS, b"{}", stranger.recipient)
    with pytest.raises(Damaged, match=f"^{here}/{layout.FACTS} does not open with the practice's key"):
        open_item(vault, changed, keys)
    for name in other.objects:
        shutil.copy(practice.folder / layout.item(other.item) / name, practice.folder / here / name)
    with pytest.raises(Damaged, match=f"^{here}/{layout.FACTS} holds the facts of something else"):
        open_item(vault, replace(other, item=of.item), keys)


def test_a_form_that_its_answers_do_not_name_is_refused(practice: Practice) -> None:
    """A computer gone bad put it there: nobody is shown that the patient signed it."""
    of = put_decided(practice, filed(MOLE), PHOTO, form=b"%PDF-1.7 of somebody else")
    with pytest.raises(Damaged) as caught:
        open_item(practice.vault, of, keys_of(practice))
    assert caught.value.message.endswith(f"{layout.item(of.item)} holds another form than its facts state.")
