"""`imgfile mail`: the mails that this computer filed from and nobody ticked off; who sent them is looked up live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from imgfile.acts.filed_mails import FiledMail, MailMemory
from imgfile.cli.formats import output_moment
from imgfile.cli.options import VaultOption
from imgfile.cli.scaffold import chosen_station, with_terminal
from imgfile.clinical.vocabulary import Disposition
from imgfile.terminal import Terminal
from imgfile.vault.times import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imgfile.mail.model import Message

COLUMNS: Final = ("record", "sent", "mailbox")
_BECAME: Final = {
    Disposition.DESCRIBE_AND_DESTROY: " (described, not kept)",
    Disposition.REJECT_RETURN: " (returned, not kept)",
}
LOOKED_UP: Final = ("from", "subject")

FromOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="MAILBOX",
        help="Look sender and subject up in this mailbox; this computer remembers neither.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List the mails that photos were filed from here and that nobody ticked off.")(list_)


@with_terminal("json", "quiet")
def list_(*, vault: VaultOption = None, mailbox: FromOption = None, terminal: Terminal) -> None:
    """List the mails that wait, the first filed first."""
    memory = MailMemory(chosen_station(vault, terminal))
    waiting = memory.waiting()
    found = _look_up(memory, mailbox, terminal) if mailbox and waiting else {}
    if terminal.is_json:
        for each in waiting:
            terminal.data(_facts(each, found.get(each.message), is_sought=mailbox is not None))
    elif waiting:
        terminal.table(COLUMNS + LOOKED_UP * bool(mailbox), [_row(each, found, mailbox, terminal) for each in waiting])
    terminal.say(_closing(waiting, found, mailbox))


def _look_up(memory: MailMemory, mailbox: str, terminal: Terminal) -> Mapping[str, Message]:
    from imgfile.acts.look_up_mails import look_up  # noqa: PLC0415 - only where a mailbox is named
    from imgfile.acts.sources.found import Scope  # noqa: PLC0415
    from imgfile.cli.search_options import watching  # noqa: PLC0415

    return look_up(memory, mailbox, Scope(watch=watching(terminal)))


def _row(
    each: FiledMail, found: Mapping[str, Message], mailbox: str | None, terminal: Terminal
) -> tuple[str | None, ...]:
    sent = output_moment(each.sent_at, terminal) if each.sent_at else None
    row = (f"{each.reference}{_BECAME.get(each.how, '')}", sent, each.mailbox)
    message = found.get(each.message)
    if not mailbox:
        return row
    return (*row, message.sender, message.subject) if message else (*row, None, None)


def _facts(each: FiledMail, message: Message | None, *, is_sought: bool) -> dict[str, object]:
    facts: dict[str, object] = {"type": "mail", "record": each.reference, "mailbox": each.mailbox}
    if each.how is not Disposition.FILE:
        facts["how"] = each.how.value
    if each.sent_at:
        facts["sent"] = format_time(each.sent_at)
    if is_sought:
        facts["found"] = message is not None
    if message:
        facts |= {name: text for name, text in (("sender", message.sender), ("subject", message.subject)) if text}
    return facts


def _closing(waiting: Sequence[FiledMail], found: Mapping[str, Message], mailbox: str | None) -> str:
    """Return what is to be done about them."""
    if not waiting:
        return "No mail waits to be ticked off."
    it, them = ("it", "it") if len(waiting) == 1 else ("each", "them")
    absent = sum(each.message not in found for each in waiting) if mailbox else 0
    unknown = f" {absent:,} of them {'is' if absent == 1 else 'are'} not in {mailbox}." if absent else ""
    return f"Delete {them} in the mail account, then tick {it} off:  imgfile mail done {waiting[0].reference}{unknown}"
