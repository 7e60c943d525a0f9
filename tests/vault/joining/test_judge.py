"""What an administrator's imgfile refuses among the requests: each kind in its own words, and nothing else."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imgfile import sealing
from imgfile.errors import Damaged, Error, UsageError
from imgfile.notes import Body, Note, SigningKey
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.joining.judge import find, judge, posted
from imgfile.vault.joining.request import Request, parse
from imgfile.vault.roster.model import Closed, ClosedHolder, ClosedStation, Role, Roster, fingerprint_of
from kit.vault.erasure import FailingSystem, stand_in
from kit.vault.joining import Asker, account, ask, joined, let_in
from kit.vault.practice import Practice, change_roster


def judged(practice: Practice, request: Request) -> None:
    """Judge a request as an administrator's imgfile does."""
    vault = practice.reopened()
    judge(vault.store, request, list(vault.rosters()))


def spelt(practice: Practice, change: Callable[[Body], Body]) -> Request:
    """Return a request that says something else, well signed."""
    return parse(Asker(practice).spelt(change).encode(), practice.vault.id)


def test_a_request_as_imgfile_makes_it_is_taken(practice: Practice) -> None:
    """It is found by its words."""
    asker = Asker(practice)
    made = asker.made()
    asker.post(made.note)
    found = find(practice.vault.store, practice.vault.id, made.words.upper())
    assert found is not None
    assert found.note == made.note
    judged(practice, found)


def test_other_words_find_nothing(practice: Practice) -> None:
    """Whatever lies among the requests: rubbish, a folder, a temporary name."""
    folder = practice.folder / layout.REQUESTS
    folder.mkdir()
    (folder / f"{layout.new_id()}.note").write_bytes(b"rubbish")
    (folder / f"{layout.new_id()}.note").mkdir()
    (folder / ".imgfile-1").touch()
    asker = Asker(practice)
    asker.post(asker.made().note)
    assert find(practice.vault.store, practice.vault.id, "tiger " * 8) is None
    assert sum(each.request is None for each in posted(practice.vault.store, practice.vault.id)) == 2


def test_of_so_many_requests_no_more_are_looked_at(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may write to the share can fill it; what could be no request is passed over."""
    folder = practice.folder / layout.REQUESTS
    folder.mkdir()
    for name in ("notes.txt", *(f"{layout.new_id()}.note" for _ in range(3))):
        (folder / name).write_bytes(b"rubbish")
    assert len(list(posted(practice.vault.store, practice.vault.id))) == 3
    (folder / "notes.txt").unlink()
    monkeypatch.setattr("imgfile.vault.joining.judge.MAX_REQUESTS", 2)
    assert len(list(posted(practice.vault.store, practice.vault.id))) == 2


def test_two_with_the_same_words_are_refused_both(practice: Practice) -> None:
    """A copy has them."""
    asker = Asker(practice)
    made = asker.made()
    asker.post(made.note)
    practice.vault.store.publish(layout.request(layout.new_id()), made.note.encode())
    with pytest.raises(Damaged, match="2 requests have these words"):
        find(practice.vault.store, practice.vault.id, made.words)


def test_a_copy_alone_is_refused(practice: Practice) -> None:
    """Under a name that is not its own."""
    made = Asker(practice).made()
    practice.vault.store.publish(layout.request(layout.new_id()), made.note.encode())
    with pytest.raises(Damaged, match="under another name"):
        find(practice.vault.store, practice.vault.id, made.words)


def test_a_request_whose_keys_did_not_sign_is_forged(practice: Practice) -> None:
    """Its words are right, and its signatures another's."""
    asker = Asker(practice)
    made = asker.made().note
    signed = SigningKey.generate(layout.new_id()).sign("request", made.vault, made.body, version=2)
    asker.post(signed)
    with pytest.raises(Damaged, match="forged or damaged"):
        find(practice.vault.store, practice.vault.id, fingerprint_of(signed.digest))


def another_vaults(body: Body, _: Practice) -> Body:
    """Name another roster 1."""
    return {**body, "fingerprint": "0" * 64}


def unknown_roster(body: Body, _: Practice) -> Body:
    """Name a roster that is not there yet."""
    return {**body, "roster": [7, "0" * 64]}


def forked_roster(body: Body, _: Practice) -> Body:
    """Name another roster 1 than the vault's, by its number."""
    return {**body, "roster": [1, "0" * 64]}


def listed_id(body: Body, practice: Practice) -> Body:
    """Have the id of a request be that of a person."""
    return {**body, "request": practice.vault.roster.people[0].who}


def listed_recipient(body: Body, practice: Practice) -> Body:
    """Have the practice's own key be the new credential's."""
    return {**body, "credential": {**body["credential"], "recipient": practice.vault.roster.generation.recipient}}


def another_suite(body: Body, _: Practice) -> Body:
    """Bring a key that the vault's age tools do not know."""
    recipient = str(sealing.generate_identity(post_quantum=True).recipient)
    return {**body, "credential": {**body["credential"], "recipient": recipient}}


def another_signer(body: Body, _: Practice) -> Body:
    """Name a signing key that is not in the vault."""
    return {**body, "credential": {**body["credential"], "signing_key": "1" * 64}}


REFUSED = {
    "another vault's": (another_vaults, "another vault"),
    "a roster that is not there": (unknown_roster, "not in this vault's chain"),
    "a fork": (forked_roster, "not in this vault's chain"),
    "a person's id": (listed_id, "another's in the roster"),
    "a listed recipient": (listed_recipient, "another's in the roster"),
    "keys of another kind": (another_suite, "another kind"),
    "no signing key": (another_signer, "is another"),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_forged_is_refused(practice: Practice, change: Callable[[Body, Practice], Body], said: str) -> None:
    """Each in its own words, although its own keys signed it."""
    with pytest.raises(Damaged, match=said):
        judged(practice, spelt(practice, lambda body: change(body, practice)))


def test_half_of_a_listed_key_is_enough_to_be_refused(practice: Practice) -> None:
    """Nobody could have signed so: the request is judged as if somebody had."""
    made = Asker(practice).made()
    assert made.station is not None
    keys = replace(made.station.keys, ed25519=practice.vault.here.keys.ed25519)
    with pytest.raises(Damaged, match="another's in the roster"):
        judged(practice, replace(made, station=replace(made.station, keys=keys)))


def close(practice: Practice, name: str) -> None:
    """Close somebody's keys, and their computers, in the next roster."""

    def closed(newest: Roster) -> Roster:
        gone = next(person for person in newest.people if person.name == name)
        own = [entry for entry in newest.stations if entry.person == gone.who]
        holders = [ClosedHolder(one.holder, one.keys, newest.number + 1, {}, gone.who) for one in gone.credentials]
        stations = [ClosedStation(one.station, one.name, one.keys, newest.number + 1, (0, "")) for one in own]
        return replace(
            newest,
            people=tuple(replace(one, credentials=()) if one == gone else one for one in newest.people),
            stations=tuple(entry for entry in newest.stations if entry not in own),
            closed=Closed(tuple(holders), tuple(stations)),
        )

    change_roster(practice, closed)


def promoted(newest: Roster) -> Roster:
    """Let everybody administer."""
    roles = (Role.ADMINISTRATOR, Role.CLINICIAN)
    return replace(newest, people=tuple(replace(one, roles=roles) for one in newest.people))


def test_an_approved_request_is_not_approved_again(practice: Practice) -> None:
    """Replayed by somebody who kept it."""
    asker = Asker(practice)
    made = asker.made()
    asker.post(made.note)
    let_in(practice, made)
    with pytest.raises(UsageError, match="approved already, in roster 2"):
        judged(practice, made)


def test_what_was_removed_does_not_come_back_by_its_old_request(practice: Practice) -> None:
    """Nor by a new one of the same keys."""
    asker = Asker(practice)
    made = asker.made()
    let_in(practice, made)
    close(practice, "Dr B. Colleague")
    for again in (made, parse(resigned(asker, made).encode(), practice.vault.id)):
        with pytest.raises(Error, match="closed"):
            judged(practice, again)


def resigned(asker: Asker, made: Request) -> Note:
    """Ask anew with the same keys, knowing the newest roster."""
    seen = asker.practice.reopened().roster.seen
    body = {**made.note.body, "request": layout.new_id(), "roster": list(seen)}
    return asker.person_key.countersign(asker.station_key.sign("request", made.note.vault, body, version=2))


def test_a_request_from_before_a_removal_is_too_old(practice: Practice, tmp_path: Path) -> None:
    """Whoever asked did not know of it; the next one does."""
    early = Asker(practice).made()
    joined(practice, tmp_path / "locum")
    judged(practice, early)  # an approval of somebody else changes nothing
    close(practice, "Dr B. Colleague")
    with pytest.raises(UsageError, match="older than the last removal"):
        judged(practice, early)
    judged(practice, Asker(practice).made())


def test_a_request_from_before_a_change_of_administrators_is_too_old(practice: Practice, tmp_path: Path) -> None:
    """Of who they are; a further computer of one changes nothing of that."""
    joined(practice, tmp_path / "colleague")
    early = Asker(practice).made()
    change_roster(practice, lambda newest: replace(newest, change="renamed"))
    judged(practice, early)
    change_roster(practice, promoted)
    with pytest.raises(UsageError, match="older than the last removal"):
        judged(practice, early)


def test_verify_says_who_asks_and_what_is_no_request(practice: Practice) -> None:
    """A notice for the one; damage for what only somebody's attempt can be."""
    asker = Asker(practice)
    made = asker.made()
    name = asker.post(made.note)
    assert [(one.kind, one.where) for one in verify(practice.reopened())] == [(Kind.UNFINISHED, name)]
    copy = layout.request(layout.new_id())
    practice.vault.store.publish(copy, made.note.encode())
    found = {one.where: one.kind for one in verify(practice.reopened())}
    assert found == {name: Kind.UNFINISHED, copy: Kind.UNEXPECTED}
    (practice.folder / copy).unlink()
    let_in(practice, made)
    assert list(verify(practice.reopened())) == []


def test_an_unread_request_is_not_called_absent(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk or share that fails for a moment: nobody knows the words of what lies there."""
    with account(practice.folder.parent / "newcomer"):
        asked = ask(practice).request
    store, vault, name = practice.vault.store, practice.vault.id, f"{asked.name}.note"

    def fault(_count: int, called: str, real: Callable[..., Any], arguments: Any, named: Any) -> Any:  # noqa: ANN401 - any
        if called == "open" and str(arguments[0]) == name:
            raise OSError(errno.EIO, "Input/output error")
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        with pytest.raises(Damaged, match="cannot be read"):
            find(store, vault, asked.words)
    assert find(store, vault, asked.words) == asked
