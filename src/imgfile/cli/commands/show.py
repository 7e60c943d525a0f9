"""`imgfile show RECORD`: the facts of one filed photo as they are now, and all that was added to it since.

It is not entered in the audit trail: R20 is about photos, and a practice must be able to read its records with the
recovery key from a vault that can no longer be written.
"""

from __future__ import annotations

import json as json_text
import textwrap
from collections.abc import Iterator
from typing import Annotated, Final

import typer

from imgfile.acts.disclosure.on_hold import on_hold
from imgfile.acts.disclosure.open import admit, expect_looking, read_facts
from imgfile.cli.acting.sitting_here import expect_open_here
from imgfile.cli.formats import show_local_moment
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.page import Section, history_sections, may_leave_for, sections, signed_by, standing
from imgfile.cli.life.policy_today import policy_today
from imgfile.cli.options import RecordArgument
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.policy import Policy
from imgfile.clinical.record import additions as contents
from imgfile.clinical.record import json as record_json
from imgfile.terminal import Terminal, sanitise
from imgfile.vault.access import Vault
from imgfile.vault.life.open import Added, OpenedRecord
from imgfile.vault.life.standing import find_here

_LABEL_COLUMNS: Final = 14
_WIDTH_COLUMNS: Final = 80

HistoryOption = Annotated[
    bool, typer.Option("--history", help="Show what was said at filing, and everything added since: who, when, what.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show", help="Show the facts of one filed photo.")(show)


@with_terminal("no_input", "json")
@with_vault_and_identities
def show(
    *, record: RecordArgument, vault: Vault, history: HistoryOption = False, identities: Identities, terminal: Terminal
) -> None:
    """Open a record's facts and print them."""
    expect_looking(vault)
    found = find_here(vault, record)
    expect_open_here(vault, identities, [found])
    refuse([identities.problem()], "show")
    opened = read_facts(vault, found, admit(vault, identities.unlock()))
    where_held, policy = on_hold(vault).where(opened), policy_today(vault, terminal)
    if terminal.is_json:
        for line in _json(vault, opened, policy, where_held, has_history=history):
            terminal.data(line)
    else:
        lines = _page(vault, opened, policy, where_held, has_history=history)
        terminal.page("".join(f"{sanitise(line)}\n" for line in lines))


def _json(
    vault: Vault, opened: OpenedRecord, policy: Policy | None, where_held: str | None, *, has_history: bool
) -> Iterator[dict[str, object]]:
    leaves_for = None if policy is None else [purpose.value for purpose in may_leave_for(opened, policy)]
    yield {
        **_facts("facts", opened, record_json.dump(opened.facts)),
        "may_leave_for": leaves_for,
        **standing(opened, where_held),
    }
    if has_history:
        yield _facts("filed", opened, record_json.dump(opened.filed.facts))
        yield from (_added(vault, opened, each) for each in opened.added)


def _facts(kind: str, opened: OpenedRecord, data: bytes) -> dict[str, object]:
    return {"type": kind, "record": opened.manifest.reference, "facts": json_text.loads(data)}


def _added(vault: Vault, opened: OpenedRecord, each: Added) -> dict[str, object]:
    line, _, _ = contents.dump(each.content).partition(b"\n")
    effects = sorted(effect.value for effect in each.stated.effects)
    kind = {"type": "added", "record": opened.manifest.reference, "kind": each.stated.kind.value}
    signed = {"station": each.stated.station, "signed_by": signed_by(vault, each) or None}
    return {**kind, **signed, "effects": effects, "addition": json_text.loads(line)}


def _page(
    vault: Vault, opened: OpenedRecord, policy: Policy | None, where_held: str | None, *, has_history: bool
) -> Iterator[str]:
    filed = opened.manifest
    computer = vault.roster.station_names.get(filed.station)
    where = f" on {computer}" if computer else ""
    yield f"{filed.reference}   filed {show_local_moment(filed.filed_at)}{where}"
    yield from _laid_out(sections(opened, policy, where_held))
    if has_history:
        yield from _laid_out(history_sections(vault, opened))
        if not opened.added:
            yield from ("", "Nothing was added since.")
    elif opened.added:
        yield ""
        yield f"All of it, with who and when:  imgfile show {filed.reference} --history"


def _laid_out(shown: Iterator[Section]) -> Iterator[str]:
    for title, rows in shown:
        if rows:
            yield ""
            yield title
        for label, text in rows:
            yield from _wrapped(label, text)


def _wrapped(label: str, text: str) -> Iterator[str]:
    indent = " " * (2 + _LABEL_COLUMNS)
    for number, paragraph in enumerate(text.splitlines()):
        first = f"  {'' if number else label:{_LABEL_COLUMNS}}"
        yield from textwrap.wrap(paragraph, _WIDTH_COLUMNS, initial_indent=first, subsequent_indent=indent)
