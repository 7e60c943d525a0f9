"""Whether a line of rosters may take the place of the one that a station has seen.

Whoever administered once can sign a line that leaves the chain before their removal, and a roster that overrules it:
write access to the folder, and a key that counted then, let nobody in again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imgfile.acts.moved import moved_to
from imgfile.acts.restore import put_back as restore
from imgfile.errors import Damaged
from imgfile.kept_notes import keep_roster
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.roster.model import ClosedHolder, Role, Roster
from imgfile.vault.roster.successor import successor
from kit.vault.people import enrol_person
from kit.vault.practice import Practice, administrator_of, begin_generation, change_roster
from kit.vault.rosters import new_key, person_of


@dataclass(frozen=True)
class Forked:
    """A practice that has removed an administrator, a demoted one, and the keys of them all."""

    practice: Practice
    founder: SigningKey
    leaver: SigningKey
    demoted: SigningKey
    early: Roster
    """Two before the end, when all three administered."""
    last: Roster
    """The newest that the station saw."""

    def followed(
        self, line: list[Roster], key: SigningKey, change: Callable[[Roster], Roster] = lambda newest: newest
    ) -> None:
        """Append to a line what this key makes of its last roster, which follows it by every rule."""
        line.append(successor(line[-1], change(line[-1]), key))

    def put(self, line: list[Roster]) -> None:
        """Put a line into the vault, in the place of what was there."""
        for path in (self.practice.folder / layout.ROSTER).glob("*.note"):
            if int(path.stem) > line[0].number:
                path.unlink()
        for each in line[1:]:
            (self.practice.folder / layout.roster(each.number)).write_bytes(each.note.encode())


@pytest.fixture
def forked(practice: Practice) -> Forked:
    """Roster 1 founded, 2 and 3 let two administrators in, 4 removes one, 5 demotes the other."""
    administrator = (Role.ADMINISTRATOR, Role.CLINICIAN)
    practice, leaver = enrol_person(practice, "Dr B. Colleague", "GMC 7111111", *administrator)
    practice, demoted = enrol_person(practice, "Dr C. Partner", "GMC 7222222", *administrator)
    early = practice.vault.roster
    change_roster(practice, lambda newest: without(newest, "Dr B. Colleague"))
    change_roster(practice, lambda newest: demoting(newest, "Dr C. Partner"))
    practice = replace(practice, vault=practice.reopened())
    return Forked(practice, administrator_of(practice), leaver.key, demoted.key, early, practice.vault.roster)


def without(roster: Roster, name: str) -> Roster:
    """Remove a person as imgfile does, but for the generation of the practice's key."""
    gone = next(one for one in roster.people if one.name == name)
    shut = tuple(
        ClosedHolder(one.holder, one.keys, roster.number + 1, {}, gone.who, gone.name, gone.registration)
        for one in gone.credentials
    )
    closed = replace(roster.closed, credentials=(*roster.closed.credentials, *shut))
    return replace(roster, people=tuple(one for one in roster.people if one is not gone), closed=closed)


def demoting(roster: Roster, name: str) -> Roster:
    """Take the administrator's role from a person."""
    people = (replace(one, roles=(Role.CLINICIAN,)) if one.name == name else one for one in roster.people)
    return replace(roster, people=tuple(people))


def overruling(forked: Forked, more: Callable[[Roster], Roster] = lambda roster: roster) -> Callable[[Roster], Roster]:
    """Make a roster that overrules the newest seen, and carries what it closed."""

    def made(roster: Roster) -> Roster:
        return more(replace(roster, forks=(forked.last.note.digest,), closed=forked.last.closed))

    return made


def naming(forked: Forked, roster: Roster) -> Roster:
    """Overrule the newest seen, and say nothing of what it closed."""
    return replace(roster, forks=(forked.last.note.digest,))


def by_the_leaver(forked: Forked) -> list[Roster]:
    """Let the one who was removed sign until the number is reached, and overrule their removal."""
    line = [forked.early]
    for _ in range(2):
        forked.followed(line, forked.leaver)
    forked.followed(line, forked.leaver, lambda newest: naming(forked, newest))
    return line


def by_the_demoted(forked: Forked) -> list[Roster]:
    """Let the one who administers no more do so; nothing of theirs is closed."""
    line = [forked.early]
    for _ in range(2):
        forked.followed(line, forked.demoted)
    forked.followed(line, forked.demoted, overruling(forked, lambda newest: dropped(newest, "Dr B. Colleague")))
    return line


def by_a_confederate(forked: Forked) -> list[Roster]:
    """Let the one who was removed let somebody in, who signs the rest."""
    line, friend = [forked.early], new_key()
    person = person_of(friend, name="Dr F. Friend", roles=(Role.ADMINISTRATOR,))
    forked.followed(line, forked.leaver, lambda newest: replace(newest, people=(*newest.people, person)))
    forked.followed(line, friend)
    forked.followed(line, friend, overruling(forked, lambda newest: dropped(newest, "Dr B. Colleague")))
    return line


def by_the_founder_on_the_leavers_line(forked: Forked) -> list[Roster]:
    """Overrule as an administrator of today, by mistake: what the leaver signed before lies beneath it."""
    line = [forked.early]
    forked.followed(line, forked.leaver)
    forked.followed(line, forked.founder)
    forked.followed(line, forked.founder, overruling(forked, lambda newest: dropped(newest, "Dr B. Colleague")))
    return line


def dropped(roster: Roster, name: str) -> Roster:
    """Take a person from the people, whose closing is carried already."""
    return replace(roster, people=tuple(one for one in roster.people if one.name != name))


def joined(forked: Forked, more: Callable[[Roster], Roster]) -> list[Roster]:
    """Sign all of it as an administrator of today."""
    line = [forked.early]
    for _ in range(2):
        forked.followed(line, forked.founder)
    forked.followed(line, forked.founder, more)
    return line


def that_forgets(forked: Forked) -> list[Roster]:
    """Carry nothing of what was closed."""
    return joined(forked, lambda newest: naming(forked, newest))


def that_gives_the_key(forked: Forked) -> list[Roster]:
    """Carry all, and leave the newest generation of the practice's key with the leaver."""
    return joined(forked, overruling(forked, lambda newest: dropped(newest, "Dr B. Colleague")))


def that_names_none(forked: Forked) -> list[Roster]:
    """Overrule nothing."""
    return joined(forked, lambda newest: newest)


LINES: tuple[tuple[Callable[[Forked], list[Roster]], str], ...] = (
    (by_the_leaver, "Roster 4 was signed by"),
    (by_the_demoted, "Roster 4 was signed by"),
    (by_a_confederate, "Roster 4 was signed by"),
    (by_the_founder_on_the_leavers_line, "Roster 4 was signed by"),
    (that_forgets, "it forgets what was closed"),
    (that_gives_the_key, "Somebody who was removed holds the key"),
    (that_names_none, ""),
)


def test_no_line_takes_the_place_of_what_was_seen(forked: Forked, tmp_path: Path) -> None:
    """Whoever signs it, and whatever it carries: refused to file, to accept a loss, and to be moved to."""
    here = forked.practice.vault.station
    for make, why in LINES:
        forked.put(make(forked))
        with pytest.raises(Damaged, match="not the one this computer saw before") as refused:
            open_vault(here)
        assert (why or "Somebody restored") in (refused.value.hint or ""), make
        with pytest.raises(Damaged, match="went on by itself"):
            restore.put_back(here)
        elsewhere = forked.practice.folder.rename(tmp_path / "elsewhere")
        with pytest.raises(Damaged, match="gone its own way"):
            moved_to(elsewhere)
        elsewhere.rename(forked.practice.folder)


def test_who_administers_still_may_join_two_lines(forked: Forked) -> None:
    """Positive control: it carries what was closed, and nobody who was removed holds the newest key."""
    practice, _ = begin_generation(forked.practice)
    forked = replace(forked, practice=practice, last=practice.vault.roster)
    assert forked.last.number == 6
    line = [forked.early]
    for _ in range(3):
        forked.followed(line, forked.founder)
    generations = forked.last.generations
    forked.followed(
        line,
        forked.founder,
        overruling(forked, lambda newest: replace(dropped(newest, "Dr B. Colleague"), generations=generations)),
    )
    forked.followed(line, forked.founder, lambda newest: replace(newest, forks=()))  # what follows it is judged no more
    for number in range(1, 6):  # every roster on the way to the one seen is kept here, down to the first
        keep_roster(practice.vault.station, number, (practice.folder / layout.roster(number)).read_bytes())
    forked.put(line)
    assert open_vault(practice.vault.station).roster.number == 8


def test_what_is_not_kept_is_overruled_by_nobody(forked: Forked) -> None:
    """Without the note of what was seen there is nothing to compare; the very joining that would do is refused."""
    practice, _ = begin_generation(forked.practice)
    here = practice.vault.station
    (here.folder / "roster.note").unlink()
    line = [forked.early]
    for _ in range(3):
        forked.followed(line, forked.founder)
    forked.followed(line, forked.founder, lambda newest: replace(newest, forks=(practice.vault.roster.note.digest,)))
    forked.put(line)
    with pytest.raises(Damaged) as refused:
        open_vault(here)
    assert "keeps no copy" in (refused.value.hint or "")


def test_a_kept_note_that_is_torn_or_another_lets_nobody_in(forked: Forked) -> None:
    """Of what lies before it nothing is known for seen: who signed that must still be allowed to."""
    practice, _ = begin_generation(forked.practice)
    here, last = practice.vault.station, practice.vault.roster
    line = [forked.early]
    for _ in range(3):
        forked.followed(line, forked.leaver)
    forked.followed(line, forked.leaver, lambda newest: replace(newest, forks=(last.note.digest,)))
    forked.put(line)
    for text in (b"torn", forked.early.note.encode(), b""):
        for number in range(1, last.number):
            keep_roster(here, number, text)
        with pytest.raises(Damaged) as refused:
            open_vault(here)
        assert "who may not by the one seen before" in (refused.value.hint or ""), text
