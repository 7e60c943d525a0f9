"""What is shown of records that are to be destroyed, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from imgfile.acts.list import folders_of
from imgfile.cli.formats import show_local_moment
from imgfile.cli.life.number import STDIN, number_on_standard_input
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, record_names
from imgfile.vault.records.manifest import Manifest

_NUMBER: Final = Explanation(
    "Whose photos are destroyed: all that are filed under this number. It is not kept in any history.",
    "Whoever proposes it.",
    "999 000 0018",
)


def record_lines(vault: Vault, records: Iterable[Manifest]) -> list[str]:
    """Return a line a record: reference, when it was filed, at which computer."""
    names = vault.roster.station_names
    return [
        f"  {each.reference}  filed {show_local_moment(each.filed_at)}, {names.get(each.station, each.station[:8])}"
        for each in records
    ]


def records_of_patient(vault: Vault, given: str, terminal: Terminal) -> list[Manifest]:
    """Return every record of the patient whose number is asked for, or stands on standard input.

    Raises `UsageError` for a number on the command line, and where there is nothing; `AnswerInvalid`.
    """
    if given != STDIN:
        raise UsageError(
            "a patient's number is not taken from the command line, whose history keeps it.",
            "Give it by:  imgfile destroy propose --patient - < number.txt",
        )
    folders = folders_of(vault, number_on_standard_input(terminal, "Patient number:", "Nothing was changed.", _NUMBER))
    published = [
        manifest.load(vault, folder, record)
        for folder in folders
        for record in record_names(vault, folder)
        if is_published(vault, folder, record)
    ]
    found = [each for each in published if life.load(vault, each).gone is None]
    if not found:
        raise UsageError("nothing is filed for this patient that is not gone.", "Nothing was changed.")
    if len({each.folder for each in found}) != 1:
        raise UsageError("the number fits patients of several schemes.", "Propose the records by their references.")
    return found
