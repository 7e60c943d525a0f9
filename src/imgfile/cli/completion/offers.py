"""What the shell may offer for the word that is being typed: commands, options, values, references of records.

1. Nothing is asked, opened with a passphrase, or fetched: references are the names of folders in the vault.
2. Where a value belongs, no file is offered; where a file or a folder belongs, the shell's own completion takes over.
3. Whatever goes wrong offers nothing, and says nothing: there is a half-typed line on the screen.
4. Only the command that is being typed is imported, and looking for references ends after `MOST_SECONDS`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from imgfile.cli.registry import COMMANDS, FAMILIES, every_command
from imgfile.frozen import dataclass

if TYPE_CHECKING:
    from imgfile.clinical.codes import Code

MOST_SECONDS: Final = 0.5
MOST_REFERENCES: Final = 200
FILES, FOLDERS = "files", "folders"

Offer: TypeAlias = tuple[str, str]
"""A word, and what it means ("" where the word says it)."""
Build: TypeAlias = Callable[[str], Any]
"""Makes the parser of one command, by its words."""

_GENERAL: Final = (
    ("help", "What a command takes"),
    ("--help", "What imgfile can do"),
    ("--version", "Which imgfile this is"),
    ("--install-completion", "Let this shell complete imgfile's words"),
    ("--show-completion", "Print what a shell needs for that"),
)
_SHELLS: Final = ("bash", "zsh", "fish", "powershell")
_FOLDER_METAVARS: Final = frozenset({"FOLDER", "VAULT", "[VAULT]"})
_FILE_METAVARS: Final = frozenset({"FILE", "FILE|FOLDER", "PHOTO...", "EXPORT...", "SOURCE", "[SOURCE]..."})


@dataclass(frozen=True, slots=True)
class Offers:
    """What may be typed here: words, or what the shell itself knows (`FILES`, `FOLDERS`)."""

    words: tuple[Offer, ...] = ()
    own: str = ""


def offers(typed: Sequence[str], current: str, build: Build) -> Offers:
    """Return what may stand for `current` after the words that are typed behind `imgfile`."""
    typed, current = _unsplit([*typed, current])
    if not typed:
        return _beginning([*_commands_behind(typed), *_GENERAL], current)
    if typed[-1] in {"--install-completion", "--show-completion"}:
        return _beginning([(shell, "") for shell in _SHELLS], current)
    name, *words = typed
    if name == "help":
        return _beginning(_commands_behind(words), current)
    if name in FAMILIES:
        if not words:
            return _beginning([*_commands_behind(typed), ("--help", "What its commands do")], current)
        name, *words = f"{name} {words[0]}", *words[1:]
    if name not in every_command():
        return Offers()
    return _within(_Line(build(name), words), current)


def _commands_behind(words: Sequence[str]) -> list[Offer]:
    """Return the commands that may be named next: any, or a family's own; none behind a command."""
    if not words:
        return [(name, does) for name, (_, _, does) in COMMANDS.items()]
    return list(FAMILIES[words[0]].items()) if words[0] in FAMILIES and len(words) == 1 else []


def _unsplit(words: list[str]) -> tuple[list[str], str]:
    """Put `--option=value` together again, which bash hands over in three words; return the last one apart."""
    joined: list[str] = []
    for word in words:
        is_value = bool(joined) and joined[-1].startswith("--") and joined[-1].endswith("=")
        if word == "=" and joined and joined[-1].startswith("--"):
            joined[-1] += "="
        elif is_value:
            joined[-1:] = [joined[-1][:-1], word]
        elif word.startswith("--") and "=" in word:
            joined += word.split("=", 1)
        else:
            joined.append(word)
    if joined and joined[-1].startswith("--") and joined[-1].endswith("="):
        joined[-1:] = [joined[-1][:-1], ""]
    *before, current = joined
    return before, current


class _Line:
    """A command line up to the word that is being typed: what is given, and what that word is for."""

    def __init__(self, command: Any, words: Sequence[str]) -> None:  # noqa: ANN401 - a class of Typer's inside
        self.options: dict[str, Any] = {}
        self.arguments: list[Any] = []
        self.given: dict[str, str] = {}
        self.used: set[str] = set()
        self._split(command)
        self.pending = self._walk(words)

    def _split(self, command: Any) -> None:  # noqa: ANN401 - the same
        for parameter in command.params:
            if parameter.param_type_name == "argument":
                self.arguments.append(parameter)
            elif not parameter.hidden:
                self.options |= dict.fromkeys((*parameter.opts, *parameter.secondary_opts), parameter)
        self.options |= dict.fromkeys(("-h", "--help"), None)

    def _walk(self, words: Sequence[str]) -> Any:  # noqa: ANN401 - the same
        """Go through the words; return the parameter that the next one is a value of, None if any may follow."""
        waiting: Any = None
        self.has_options = True
        for word in words:
            if waiting is not None:
                self.given[waiting.name] = word
                waiting = None
            elif self.has_options and word == "--":
                self.has_options = False
            elif self.has_options and word.startswith("-") and word != "-":
                parameter = self.options.get(word)
                self.used |= {word} if parameter is None else {*parameter.opts, *parameter.secondary_opts}
                waiting = parameter if parameter is not None and not parameter.is_flag else None
            elif self.arguments and self.arguments[0].nargs == 1:
                self.arguments.pop(0)
        return waiting


def _within(line: _Line, current: str) -> Offers:
    if line.pending is None and line.has_options and current.startswith("-") and current != "-":
        flags = {flag: parameter for flag, parameter in line.options.items() if flag not in line.used}
        helps = [(flag, getattr(parameter, "help", "") or "") for flag, parameter in flags.items()]
        return _beginning([each for each in helps if each[0].startswith("--")], current)
    parameter = line.pending or (line.arguments[0] if line.arguments else None)
    return Offers() if parameter is None else _values(parameter, line, current)


def _beginning(words: Sequence[Offer], current: str) -> Offers:
    return Offers(tuple(word for word in words if word[0].startswith(current)))


# --- values ---------------------------------------------------------------------------------------------


def _values(parameter: Any, line: _Line, current: str) -> Offers:  # noqa: ANN401 - a class of Typer's inside
    slug, metavar = parameter.name.removeprefix("answer_"), parameter.metavar or ""
    if slug in {"record", "records", "follows"}:
        return Offers(tuple((reference, "") for reference in _references(line.given.get("vault"), current.lower())))
    if slug in {"since", "until", "taken_since", "taken_until", "filed_since", "filed_until", "made"}:
        return _beginning([("today", ""), ("yesterday", "")], current)
    if slug == "known":
        return _beginning(list(_vaults()), current)
    if metavar in _FOLDER_METAVARS:
        return Offers(own=FOLDERS)
    if metavar in _FILE_METAVARS:
        return Offers(own=FILES)
    listed = codes(parameter.name)
    head, comma, last = current.rpartition(",") if slug == "explained" else ("", "", current)
    return Offers(tuple((head + comma + code, does) for code, does in listed if code.startswith(last)))


def codes(name: str) -> list[Offer]:
    """Return the codes that a parameter takes, each with its words; `answer_` begins those that answer a question."""
    from imgfile.acts.list import Order  # noqa: PLC0415 - where a value is typed, here and below
    from imgfile.clinical.interview import choices  # noqa: PLC0415
    from imgfile.clinical.permitted_uses import MAY_LEAVE_FOR  # noqa: PLC0415
    from imgfile.clinical.vocabulary import Purpose  # noqa: PLC0415

    if name == "answer_form":
        return [(str(choice.code), choice.label) for choice in choices.FORMS]
    if name == "answer_purpose":
        return [(code.value, code.label) for code in Purpose if code.kind in choices.CARE]
    if name == "consent_state":
        from imgfile.acts.finding.criteria import ConsentState  # noqa: PLC0415

        return [(code.value, code.label) for code in ConsentState]
    if name == "sort":
        return [(order.value, "") for order in Order]
    if name == "purpose":
        return [(code.value, code.label) for code in MAY_LEAVE_FOR]
    return [(code.value, code.label) for code in _vocabularies().get(name.removeprefix("answer_"), ())]


def _vocabularies() -> Mapping[str, type[Code]]:
    """Return the lists that a parameter, or the answer to a question, of their name takes whole."""
    from imgfile.acts.disclosure.handover.copies import Form  # noqa: PLC0415 - where a value is typed, here and below
    from imgfile.clinical import consent_basis, patient, vocabulary  # noqa: PLC0415

    return {
        "nation": vocabulary.Nation,
        "intimate_under_18": vocabulary.IntimateUnder18,
        "scheme": patient.Scheme,
        "sensitivity": vocabulary.Sensitivity,
        "basis": consent_basis.ConsentBasis,
        "giver": consent_basis.ConsentGiver,
        "competence": vocabulary.MinorCompetence,
        "capacity": vocabulary.Capacity,
        "pr_evidence": vocabulary.PrEvidence,
        "origin": vocabulary.Origin,
        "explained": vocabulary.Explained,
        "copy_form": Form,
    }


def _vaults() -> Iterator[Offer]:
    """Yield the vaults that this computer knows, by name or id, with where they lie."""
    from imgfile.practice_state import vault_names  # noqa: PLC0415 - where a vault is typed
    from imgfile.station import known_vaults  # noqa: PLC0415

    for pin in known_vaults():
        yield vault_names.name_of(pin.vault) or pin.vault[: vault_names.SHORT_ID_DIGITS], str(pin.folder)


def _references(folder: str | None, beginning: str) -> Iterator[str]:
    """Yield the references of records that begin so, as long as there is time."""
    import os  # noqa: PLC0415 - where a record is typed
    from pathlib import Path  # noqa: PLC0415

    from imgfile.vault import layout  # noqa: PLC0415
    from imgfile.vault.access import open_vault  # noqa: PLC0415
    from imgfile.vault.choose import choose  # noqa: PLC0415
    from imgfile.vault.records import find  # noqa: PLC0415

    named = folder or os.environ.get("IMGFILE_VAULT")
    vault = open_vault(choose(Path(named) if named else None), remembers=False)
    end, found = time.monotonic() + MOST_SECONDS, 0
    for patient in find.patients(vault):
        for record in find.record_names(vault, patient):
            reference = layout.reference(record)
            if reference.startswith(beginning) and find.is_published(vault, patient, record):
                yield reference
                found += 1
        if found >= MOST_REFERENCES or time.monotonic() > end:
            return
