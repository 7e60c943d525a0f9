"""A request to join: signed by every key it brings, and read as strictly as it is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from imgfile import notes, sealing
from imgfile.errors import Damaged
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.joining.request import MAX_REQUEST_BYTES, parse
from imgfile.vault.roster.model import Use, fingerprint_of, is_fingerprint
from kit.vault.joining import Asker
from kit.vault.practice import Practice


def test_a_request_is_read_as_it_was_made(practice: Practice) -> None:
    """With its two keys, which both signed it, two lines each."""
    made = Asker(practice).made()
    read = parse(made.note.encode(), practice.vault.id)
    assert (read.station, read.credential, read.use) == (made.station, made.credential, Use.CLINICAL)
    assert (read.words, read.roster) == (made.words, practice.vault.roster.seen)
    assert made.note.encode().count("\u2014 ".encode()) == 4
    assert len(made.words.split()) == 9  # eight, and a stroke


def changed(part: str, **values: object) -> Callable[[Body], Body]:
    """Return what changes one part of a body."""
    return lambda body: {**body, part: {**body[part], **values}}


def without(part: str) -> Callable[[Body], Body]:
    """Return what leaves a part out."""
    return lambda body: {name: value for name, value in body.items() if name != part}


PQ = str(sealing.generate_identity(post_quantum=True).recipient)

UNREADABLE: dict[str, Callable[[Body], Body]] = {
    "wants less than it brings": lambda body: {**body, "wants": "station"},
    "wants something else": lambda body: {**body, "wants": "everything"},
    "brings nothing": lambda body: without("station")(without("credential")(body)),
    "a use that there is not": lambda body: {**body, "use": "kiosk"},
    "no moment": lambda body: {**body, "asked": "yesterday"},
    "a moment of another kind": lambda body: {**body, "asked": 7},
    "no fingerprint": without("fingerprint"),
    "a short fingerprint": lambda body: {**body, "fingerprint": "ab"},
    "no roster": lambda body: {**body, "roster": []},
    "a roster without a digest": lambda body: {**body, "roster": [1, ""]},
    "an id that is a path": lambda body: {**body, "request": "../../roster/2"},
    "a number for an id": lambda body: {**body, "request": 5},
    "a name of two lines": changed("station", name="A\nB"),
    "no name": changed("station", name=""),
    "a name that turns the line round": changed("station", name="A\u202eB"),
    "an endless name": changed("station", name="A" * 500),
    "a name that is a list": changed("station", name=["A"]),
    "says nothing": without("says"),
    "says a list": lambda body: {**body, "says": ["Dr B."]},
    "a recipient that is none": changed("credential", recipient="age1nonsense"),
    "a short key": changed("credential", ed25519="AAAA"),
    "a key of the wrong length": changed("station", ml_dsa_44="AAAA"),
    "a station that is text": lambda body: {**body, "station": "yes"},
    "an id that is its computer's": lambda body: {**body, "request": body["station"]["id"]},
    "no digest of its signing key": changed("credential", signing_key=""),
}


@pytest.mark.parametrize("change", UNREADABLE.values(), ids=UNREADABLE)
def test_what_says_no_request_is_damaged(practice: Practice, change: Callable[[Body], Body]) -> None:
    """Signed by its own keys, whatever it says: nothing but `Damaged` leaves the parser."""
    note = Asker(practice).spelt(change)
    with pytest.raises(Damaged):
        parse(note.encode(), practice.vault.id)


def test_a_request_is_of_the_format_that_has_them(practice: Practice) -> None:
    """Version 1 has none; whoever signs one so is not read."""
    made = Asker(practice)
    note = made.person_key.countersign(made.station_key.sign("request", practice.vault.id, made.made().note.body))
    with pytest.raises(Damaged, match="does not say what a request says"):
        parse(note.encode(), practice.vault.id)


def test_every_key_signs_and_nobody_else(practice: Practice) -> None:
    """In the order in which the request brings them."""
    asker, other = Asker(practice), SigningKey.generate(layout.new_id())
    first, second = asker.station_key, asker.person_key
    made = asker.made().note
    spelt = {
        "one of two": first.sign("request", made.vault, made.body, version=2),
        "the other alone": second.sign("request", made.vault, made.body, version=2),
        "turned round": first.countersign(second.sign("request", made.vault, made.body, version=2)),
        "somebody else too": other.countersign(first.sign("request", made.vault, made.body, version=2)),
        "twice the same": first.countersign(first.sign("request", made.vault, made.body, version=2)),
    }
    for signed in spelt.values():
        with pytest.raises(Damaged, match="signatures"):
            parse(signed.encode(), practice.vault.id)


def test_an_altered_request_is_forged_and_has_other_words(practice: Practice) -> None:
    """One key put in the place of another, the signatures kept."""
    note = Asker(practice).made().note
    body = changed("credential", recipient=str(sealing.generate_identity(post_quantum=False).recipient))(note.body)
    text = SigningKey.generate(layout.new_id()).sign("request", note.vault, body, version=2).text
    forged = text + note.encode()[len(note.text) :]
    with pytest.raises(Damaged, match="signatures"):
        parse(forged, practice.vault.id)
    assert fingerprint_of(notes.parse(forged).digest) != fingerprint_of(note.digest)


def test_reception_brings_no_key_that_opens_records(practice: Practice) -> None:
    """A computer that never looks needs none."""
    note = Asker(practice).spelt(lambda body: {**body, "use": "reception"})
    with pytest.raises(Damaged, match="never looks"):
        parse(note.encode(), practice.vault.id)


def test_a_request_is_of_bounded_length(practice: Practice) -> None:
    """A long one is not read."""
    with pytest.raises(Damaged, match="too long"):
        parse(b"x" * (MAX_REQUEST_BYTES + 1), practice.vault.id)


def test_a_request_of_another_vault_is_none_of_this(practice: Practice) -> None:
    """The vault stands in its first line."""
    with pytest.raises(Damaged):
        parse(Asker(practice).made().note.encode(), layout.new_id())


def test_words_are_typed_as_people_type_them(practice: Practice) -> None:
    """In any case, with hyphens, strokes or nothing much between, four letters of each; all eight, in order."""
    made = Asker(practice).made()
    digest, words = made.note.digest, made.words.replace(" / ", " ").split()
    for typed in (made.words, "-".join(words).upper(), ", ".join(words), " ".join(word[:4] for word in words)):
        assert is_fingerprint(typed, digest), typed
    for typed in (
        "",
        " ".join(words[:7]),
        " ".join(words[::-1]),
        " ".join([*words, words[0]]),
        " ".join(w[:2] for w in words),
    ):
        assert not is_fingerprint(typed, digest), typed
