"""Options that several commands share, each written once: annotate a parameter with it and give the default.

def verify(vault: VaultOption = None, json: JsonOption = False) -> None: ...
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

OUTPUT: Final = "Output"
"""The section of a help page for how results are printed."""
SECRETS: Final = "Passphrase or identity (exactly one; without any, the keyring or a question)"

RecordArgument = Annotated[
    str, typer.Argument(metavar="RECORD", help="A reference, or its first 4 characters: 7f3k", show_default=False)
]
RecordsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RECORD]...", help="References, or their first 4 characters: 7f3k b81d", show_default=False
    ),
]
OfPatientOption = Annotated[
    str | None,
    typer.Option("--patient", metavar="-", help="Of one patient: - reads the number from standard input, unseen."),
]
VaultOption = Annotated[
    Path | None,
    typer.Option(
        "--vault",
        metavar="VAULT",
        envvar="IMGFILE_VAULT",
        help="The vault, if this computer knows several: its folder, its name, or how its id begins.",
    ),
]
KnownVaultArgument = Annotated[
    Path, typer.Argument(metavar="VAULT", help="Its folder, its name, or how its id begins.", show_default=False)
]
KeysFolderOption = Annotated[
    Path | None,
    typer.Option("--keys", metavar="DIR", help="The folder of the vault's keys, where they have one of their own."),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json/--no-json",
        envvar="IMGFILE_JSON",
        help="Print one JSON object a line on standard output.",
        rich_help_panel=OUTPUT,
    ),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet/--no-quiet",
        "-q",
        envvar="IMGFILE_QUIET",
        help="Print only what went wrong.",
        rich_help_panel=OUTPUT,
    ),
]
NoInputOption = Annotated[
    bool,
    typer.Option(
        "--no-input", envvar="IMGFILE_NO_INPUT", help="Never ask: a missing answer ends it with exit code 13."
    ),
]
NoPagerOption = Annotated[
    bool,
    typer.Option(
        "--no-pager", envvar="IMGFILE_NO_PAGER", help="Print a long list at once, not by PAGER.", rich_help_panel=OUTPUT
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="Confirm beforehand. Never for an intimate photo of a child.")
]
AgreeOption = Annotated[bool, typer.Option("--yes", "-y", help="Go on without being asked whether to.")]
RecursiveOption = Annotated[bool, typer.Option("--recursive", "-r", help="Look into folders within folders.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", allow_dash=True, help="Where to write it; - is standard output."),
]
IdentityFileOption = Annotated[
    Path | None,
    typer.Option("--identity-file", metavar="FILE", help="An age identity file.", rich_help_panel=SECRETS),
]
IdentityCommandOption = Annotated[
    str | None,
    typer.Option(
        "--identity-command",
        metavar="COMMAND",
        help="A command that prints the passphrase; run without a shell.",
        rich_help_panel=SECRETS,
    ),
]
AllowTestIdOption = Annotated[
    bool, typer.Option("--allow-test-id", help="Accept synthetic patient numbers (9...), for trying out.")
]
ClinicianOption = Annotated[
    str | None,
    typer.Option("--clinician", metavar="TEXT", help='Your name and registration: "Dr A. Example, GMC 7654321".'),
]
StationNameOption = Annotated[
    str | None, typer.Option("--station-name", metavar="TEXT", help="What this computer is called.")
]
NewRecoveryOption = Annotated[
    Path | None,
    typer.Option("--new-recovery-file", metavar="FILE", help="Where a new recovery key is written, if one is made."),
]
NoBrowserOption = Annotated[
    bool, typer.Option("--no-browser", help="Print the page's address and open nothing; it works once.")
]
ItemArgument = Annotated[
    str, typer.Argument(metavar="ITEM", help="Its reference, or the first 4 characters: 7f3k", show_default=False)
]
