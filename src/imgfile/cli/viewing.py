"""What a person is told on the way to a page of photos: which cannot be shown, and where the page is.

1. What cannot be shown is said of each photo, before anybody is asked why, and before anything is offered.
2. Of several photos the others may be shown, when somebody at the terminal says so; unattended nothing is.
3. Words hold references alone: whose photos they are stands on the controlling terminal and on the page (R23).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imgfile.acts.disclosure import view as act
from imgfile.acts.disclosure.browser import has_desktop, open_browser
from imgfile.acts.disclosure.of_patient import Unopened, records_of_patient
from imgfile.acts.disclosure.one_page_server import OPEN_SECONDS, Door
from imgfile.acts.disclosure.open import Reader, read_facts
from imgfile.acts.disclosure.view import Ready, Unshown
from imgfile.cli.life.on_hold import warn_on_hold
from imgfile.cli.purpose import stated_yes
from imgfile.cli.which_records import Wanted, choose, left_out, named_records, names_in, wanted_records
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import Cancelled, Closed, Damaged, Error, RefusedByRule, UnsupportedImage, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life.open import OpenedRecord
from imgfile.vault.records.manifest import Manifest

_OTHERS: Final = "Show the others? (y/n):"
_OTHERS_EXPLAINED: Final = Explanation(
    "Some of the photos that were named cannot be shown, as said above. y shows the others, n shows nothing.",
    "Whoever looks at them.",
    "y",
)
_MINUTES: Final = f"{OPEN_SECONDS / 60:.0f} minutes"


class Viewing:
    """One look, from the names of photos to what of them can be shown."""

    def __init__(self, vault: Vault, terminal: Terminal) -> None:
        self._vault = vault
        self._terminal = terminal
        self._unshown: list[Unshown] = []

    def name(self, references: Sequence[str], patient: str | None) -> Wanted:
        """Find which photos are meant, of one patient. Raises as `wanted_records` does; of several, one may be gone."""
        names = names_in(references)
        if len(names) > 1 and patient is None:
            found = {each.digest: each for name in names for each in self._named(name)}
            wanted = Wanted(records=tuple(found.values()))
        else:
            wanted = wanted_records(self._vault, references, patient, self._terminal, command="view")
        act.expect_one_patient(wanted.records)
        return wanted

    def open(self, wanted: Wanted, reader: Reader) -> list[OpenedRecord]:
        """Open what was named, and have some of a patient's photos picked; what does not open is kept to be told.

        Somebody who picks is told of it there, and goes on by picking. Raises as `choose` does.
        """
        if wanted.folder is None:
            return [opened for each in wanted.records for opened in self._opened(each, reader)]
        closed: list[Unopened] = []
        found = records_of_patient(self._vault, wanted.folder, reader, unopened=closed.append)
        if found and self._terminal.can_ask:
            for each in closed:
                self._terminal.warn(left_out(each))
        else:
            self._unshown += [Unshown(each.reference, each.error) for each in closed]
        if not found and not closed:
            raise UsageError("all that was filed for this patient is gone.", "What became of it:  imgfile list")
        return choose(found, self._terminal, most=act.MAX_PHOTOS) if found else []

    def prepare(self, opened: Sequence[OpenedRecord], reader: Reader) -> list[Ready]:
        """Return what can be shown, having said what cannot. Raises the error of that, where nothing is to be shown."""
        done = []
        with self._terminal.progress("Opening", len(opened)) as advance:
            for each in act.prepare(self._vault, opened, reader):
                done.append(each)
                advance(1)
        self._unshown += [each for each in done if isinstance(each, Unshown)]
        ready = [each for each in done if isinstance(each, Ready)]
        if self._unshown:
            self._expect_going_on(ready)
        held = warn_on_hold(self._vault, [each.opened for each in ready], self._terminal)
        for each in ready:
            self._report(each, held[each.opened.manifest.reference])
        return ready

    def _named(self, name: str) -> tuple[Manifest, ...]:
        try:
            return named_records(self._vault, [name])
        except (Damaged, RefusedByRule) as error:
            self._unshown.append(Unshown(name, error))
            return ()

    def _opened(self, of: Manifest, reader: Reader) -> list[OpenedRecord]:
        try:
            return [read_facts(self._vault, of, reader)]
        except (Closed, Damaged, RefusedByRule) as error:
            self._unshown.append(Unshown(of.reference, error))
            return []

    def _expect_going_on(self, ready: Sequence[Ready]) -> None:
        """Say what cannot be shown, and ask whether the others are; end it where nobody says so."""
        is_only = len(self._unshown) == 1 and not ready
        for each in self._unshown:
            if self._terminal.is_json:
                told = {"type": "not_shown", "record": each.reference, "slug": each.error.slug}
                self._terminal.data({**told, "message": _sentence(each)})
            if not is_only:
                self._terminal.warn(_sentence(each))
        first = min(self._unshown, key=lambda each: isinstance(each.error, Closed))  # of several, damage counts
        if ready and self._terminal.can_ask:
            if stated_yes(_OTHERS, _OTHERS_EXPLAINED, self._terminal):
                return
            raise Cancelled(asking.NOTHING_CHANGED)
        if not ready:
            raise _named(first)
        others = " ".join(each.opened.manifest.reference for each in ready)
        raise _named(first, f"Nothing was shown. The others alone:  imgfile view {others}")

    def _report(self, ready: Ready, where_held: str | None) -> None:
        reference, remark = ready.opened.manifest.reference, ready.shown.image.remark
        if ready.opened.history.is_use_stopped:
            self._terminal.warn(f"{reference}: {act.WITHDRAWN}.")
        if remark:
            self._terminal.say(f"{reference}: {remark}.")
        if self._terminal.is_json:
            is_withdrawn = ready.opened.history.is_use_stopped
            told = {"type": "photo", "record": reference, "withdrawn": is_withdrawn, "remark": remark or None}
            self._terminal.data({**told, "safeguarding_hold": where_held})


RECORDS: Final = ("records", "view")
"""What the photos on a page are called for a script, and which command shows them again."""
ITEMS: Final = ("items", "inbox look")
"""The same of what waits in the inbox."""


def wait_for_load(
    door: Door, references: Sequence[str], terminal: Terminal, *, may_open: bool, of: tuple[str, str] = RECORDS
) -> bool:
    """Say where the page is, and wait for so long as it can be loaded; return whether it was. Raises `Cancelled`."""
    kind, command = of
    again = f"Again:  imgfile {command} {' '.join(references)}"
    if terminal.is_json:
        stated = {"type": "offered", "address": door.address, "seconds": int(OPEN_SECONDS), kind: list(references)}
        terminal.data(stated)
    try:
        _say_where(door, references, terminal, opens=may_open and has_desktop())
        is_loaded = door.wait()
    except KeyboardInterrupt:
        opened = "the photo was opened" if len(references) == 1 else "the photos were opened"
        raise Cancelled(
            f"you closed the page. That {opened} is entered in the audit trail.", again, is_chosen=False
        ) from None
    them = "It was" if len(references) == 1 else "They were"
    gone = "is gone" if len(references) == 1 else "are gone"
    terminal.say(f"{them} loaded, and {gone} from here." if is_loaded else f"Nobody loaded it, and it is gone. {again}")
    if terminal.is_json:
        terminal.data({"type": "page", "loaded": is_loaded, kind: list(references)})
    return is_loaded


def _say_where(door: Door, references: Sequence[str], terminal: Terminal, *, opens: bool) -> None:
    if opens:
        terminal.say(f"A page opens once, for {_MINUTES}. Should it not, it is at:")
    else:
        what = references[0] if len(references) == 1 else f"A page of {len(references)} photos"
        terminal.say(f"{what} can be loaded once, within {_MINUTES}, at:")
    terminal.say(door.address)
    if opens:
        open_browser(door.address, lambda: terminal.warn("no browser could be started; open that address in one."))


def _sentence(unshown: Unshown) -> str:
    """Return why a photo cannot be shown, with its reference."""
    message = unshown.error.message
    if isinstance(unshown.error, Closed):
        return message
    is_predicate = isinstance(unshown.error, UnsupportedImage)
    return f"{unshown.reference} {message}" if is_predicate else f"{unshown.reference} cannot be shown: {message}"


def _named(unshown: Unshown, hint: str = "") -> Error:
    """Return the error of a photo, with its reference, so that its exit code and rule stay what they are."""
    error = unshown.error
    error.hint = hint or error.hint
    if isinstance(error, UnsupportedImage):
        error.message = _sentence(unshown)
    return error
