"""What the options of `imgfile ingest` alone say: what to file, and how to go about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from imgfile.acts.options import Wishes
from imgfile.cli.options import DryRunOption, RecursiveOption, VaultOption, YesOption
from imgfile.cli.scaffold import Command, with_argument
from imgfile.clinical.interview.answers import Given
from imgfile.errors import UsageError

if TYPE_CHECKING:
    from imgfile.acts.sources.filters import Criteria

SourceArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE]...", help="Photos, folders, mailboxes (.eml, mbox, .msg, .pst, Maildir, ...); - is a pipe."
    ),
]
TableOption = Annotated[
    Path | None, typer.Option("--table", metavar="FILE", help="One row a photo: .xlsx, CSV or NDJSON.")
]
AttendOption = Annotated[
    bool,
    typer.Option("--attend", help="With --table: file what needs nobody, then ask a clinician about the other rows."),
]
AnswersOption = Annotated[
    str | None,
    typer.Option(
        "--answers", metavar="FILE", help="Answers as JSON, so that no number is in the history; - is a pipe."
    ),
]
KeepOption = Annotated[bool, typer.Option("--keep-source", help="File, and do not erase the source.")]
PartOption = Annotated[str | None, typer.Option("--part", metavar="PART", help="Only this photo of a mailbox: 12/2.1")]
DestroyOption = Annotated[
    bool,
    typer.Option("--destroy-export", help="Once its photos are filed, erase the whole mailbox file: .zip, .mbox, ..."),
]
UnfiledOption = Annotated[
    bool,
    typer.Option(
        "--destroy-unfiled",
        help="With --destroy-export --yes: also if that loses photos not filed, or parts not looked into.",
    ),
]
CopiesOption = Annotated[
    bool,
    typer.Option(
        "--erase-copies",
        help="Also erase the very same photo elsewhere in its mailbox, or beside it.",
    ),
]
InboxOption = Annotated[
    bool,
    typer.Option("--inbox", help="Put them into the inbox, for a clinician to accept: on a computer without the key."),
]
HandOverOption = Annotated[
    Path | None,
    typer.Option(
        "--hand-over",
        metavar="FOLDER",
        help="Write a page (PDF) of each photo into this document folder, for your clinical system to take in.",
    ),
]
BreakOption = Annotated[
    bool, typer.Option("--break-signature", help="Take photos out of signed messages too; it breaks the signature.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be filed: sources with answers, or a table that names both; and into which vault."""

    vault: VaultOption = None
    source: SourceArguments = None
    recursive: RecursiveOption = False
    table: TableOption = None
    attend: AttendOption = False
    answers_file: AnswersOption = None
    part: PartOption = None

    @property
    def named(self) -> list[str]:
        """The sources that were named, each once."""
        return list(dict.fromkeys(self.source or []))

    def refuse_nonsense(self, answers: Mapping[str, Given], criteria: Criteria | None) -> None:
        """Raise `UsageError` for what cannot be meant, before anything is read."""
        named = self.named
        if self.table is not None and (named or answers or self.answers_file or criteria):
            raise UsageError(
                "--table names its own sources and answers.", "Give either --table, or sources and answers."
            )
        if self.attend and self.table is None:
            raise UsageError("--attend is about the rows of a table.", "Name it:  --table triage.xlsx --attend")
        if "" in named:  # else an unset variable would name the folder one stands in
            raise UsageError("a source has no name.", _EXAMPLE)
        if self.table is None and not named:
            raise UsageError("there is nothing to file.", _EXAMPLE)
        if "-" in named and self.answers_file == "-":
            raise UsageError("standard input cannot be both the photo and the answers.", "Put one of them in a file.")


_EXAMPLE: Final = "Name a photo, a folder or a mailbox:  imgfile ingest rash.jpg"


def _wishes(  # noqa: PLR0913 - one parameter an option
    *,
    keep_source: KeepOption = False,
    destroy_export: DestroyOption = False,
    destroy_unfiled: UnfiledOption = False,
    erase_copies: CopiesOption = False,
    break_signature: BreakOption = False,
    inbox: InboxOption = False,
    hand_over: HandOverOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> Wishes:
    return Wishes(
        destroys_exports=destroy_export,
        may_lose_unfiled=destroy_unfiled,
        erases_copies=erase_copies,
        is_confirmed=yes,
        is_source_kept=keep_source,
        is_dry=dry_run,
        may_break_signature=break_signature,
        into_inbox=inbox,
        hands_over_to=hand_over,
    )


def with_wishes(function: Command) -> Command:
    """Give the command `wishes`, as far as options alone say them."""
    return with_argument("wishes", _wishes)(function)


def refuse_contradictions(wishes: Wishes) -> None:
    """Raise `UsageError` for wishes of which one forbids the other."""
    if wishes.may_lose_unfiled and not wishes.destroys_exports:
        raise UsageError("--destroy-unfiled says nothing without --destroy-export.", "Give both, or neither.")
    if wishes.into_inbox and wishes.hands_over_to is not None:
        raise UsageError("--hand-over contradicts --inbox: nothing is filed yet.", "Leave one of them out.")
    if wishes.is_source_kept and (wishes.destroys_exports or wishes.erases_copies):
        raise UsageError("--keep-source contradicts --destroy-export and --erase-copies.", "Leave one of them out.")
