"""`imgfile policy edit`: an administrator changes the policy, in an editor or by a file, and signs the roster for it.

What changes is said in words before it is signed, what loosens apart. A file that cannot be a policy changes nothing:
each problem is named with its line and key, and in the editor it can be mended at once.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile import files
from imgfile.acts.practice.administrator import admit_administrator, finish_signed
from imgfile.acts.practice.policy import change_policy, editable
from imgfile.cli.acting.administrator import expect_administrator
from imgfile.cli.commands.policy.check import format_words, read_policy
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.policy import MAX_POLICY_BYTES, Policy
from imgfile.clinical.practice import file
from imgfile.clinical.practice.words import Changed, changes
from imgfile.errors import AnswerInvalid, Cancelled, Problem, SourceUnavailable
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault

FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file", metavar="FILE", help="The new policy, in TOML; - reads standard input. Else an editor opens."
    ),
]
SignOption = Annotated[bool, typer.Option("--yes", "-y", help="Sign it without being asked, as a script does.")]

_WHO: Final = "An administrator, with whoever answers for the practice's records."
_AGAIN: Final = Explanation(
    "The file cannot be a policy as it is. Y opens it again, with what you typed; n leaves everything as it was.",
    _WHO,
    "y",
)
_SIGN: Final = Explanation(
    "With y you sign a roster that names the new policy: every computer goes by it from its next run on. What is filed "
    "already is not judged anew.",
    _WHO,
    "y",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOptions:
    """Where the new policy comes from, and whether it is confirmed beforehand."""

    file: FileOption = None
    yes: SignOption = False


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("edit", help="Change the practice's policy: say what changes, and sign it.")(edit)


@with_argument("given", EditOptions)
@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def edit(*, given: EditOptions, vault: Vault, identities: Identities, terminal: Terminal) -> None:
    """Read or edit a policy, say what it changes, and sign it."""
    before = editable(vault)
    expect_administrator(vault, identities)
    refuse([*_missing(given, terminal), identities.problem()], "policy edit")
    after = read_policy(given.file) if given.file is not None else _edited(before, terminal)
    changed = list(changes(before, after))
    if changed:
        _show(changed, before, after, terminal)
        if not given.yes:
            _confirm(terminal)
        by = admit_administrator(vault, identities.unlock())
        vault = change_policy(vault, by, after, at=datetime.now(UTC))
    else:
        finish_signed(vault, at=datetime.now(UTC))  # by a run that died behind its roster
    if terminal.is_json:
        terminal.data(_facts(changed, vault, after))
    signed = f"The policy is signed, by roster {vault.roster.number}."
    terminal.say(signed if changed else "The policy says that already. Nothing was changed.")


def _missing(given: EditOptions, terminal: Terminal) -> Iterator[Problem]:
    """Yield what must be given where nobody can be asked."""
    if terminal.can_ask:
        return
    if given.file is None:
        yield Problem("file", "--file", "is missing", is_missing=True)
    if not given.yes:
        yield Problem("confirmation", "--yes", "is missing", is_missing=True)


def _facts(changed: Sequence[Changed], vault: Vault, policy: Policy) -> dict[str, object]:
    rows = [
        {"key": one.key, "before": one.before, "after": one.after, "loosens": one.loosens, "tightens": one.tightens}
        for one in changed
    ]
    roster = vault.roster
    facts = {"type": "policy", "roster": roster.number, "digest": roster.policy_digest, "format": policy.format}
    return {**facts, "changes": rows}


# --- what changes -----------------------------------------------------------------------------------------------


def _show(changed: Sequence[Changed], before: Policy, after: Policy, terminal: Terminal) -> None:
    say = terminal.show if terminal.can_ask else terminal.say
    for line in _in_words(changed, before, after):
        say(line)


def _in_words(changed: Sequence[Changed], before: Policy, after: Policy) -> Iterator[str]:
    for one in changed:
        yield f"  {one.title}: {_way(one)}"
        yield f"    was  {one.before}"
        yield f"    now  {one.after}"
    loosened = [one.title for one in changed if one.loosens]
    if loosened:
        yield f"This loosens: {', '.join(loosened)}."
    if after.format > before.format:
        yield format_words(after).strip()


def _way(one: Changed) -> str:
    if one.loosens and one.tightens:
        return "other, in part looser"
    return "LOOSER" if one.loosens else "stricter" if one.tightens else "other"


def _confirm(terminal: Terminal) -> None:
    while True:
        match asking.answer(terminal, "Sign it? (y sign, q leave it as it was):", _SIGN).strip().casefold():
            case "y" | "yes" | "sign":
                return
            case "n" | "no":
                raise Cancelled(asking.NOTHING_CHANGED)


# --- the editor --------------------------------------------------------------------------------------------------


def _edited(before: Policy, terminal: Terminal) -> Policy:
    """Open the policy in an editor until it can be one. Raises `Cancelled`, `SourceUnavailable`."""
    text = file.template(before).encode()
    with tempfile.TemporaryDirectory(prefix="imgfile-policy-") as folder:
        path = Path(folder) / "policy.toml"
        files.publish(path, text)
        while True:
            _open(path)
            try:
                return file.read(_read(path), "the policy")
            except AnswerInvalid as error:
                terminal.error(error)
            if asking.answer(terminal, "Edit it again? (n leaves all as it was):", _AGAIN, default="y").casefold() in {
                "n",
                "no",
            }:
                raise Cancelled(asking.NOTHING_CHANGED)


def _open(path: Path) -> None:
    """Run the person's own editor on a file, as VISUAL or EDITOR names it, and wait for it."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ("notepad" if os.name == "nt" else "vi")
    hint = "Name your editor in VISUAL or EDITOR; or write a file:  imgfile policy edit --file FILE"
    try:
        done = subprocess.run([*_words_of(named), str(path)], check=False)  # noqa: S603 - the person's own editor
    except (OSError, ValueError):
        raise SourceUnavailable(f"the editor {named} cannot be run. Nothing was changed.", hint) from None
    if done.returncode:
        raise SourceUnavailable(f"the editor ended with status {done.returncode}. Nothing was changed.", hint)


def _words_of(command: str) -> list[str]:
    return shlex.split(command, posix=os.name != "nt")  # where a backslash parts folders, it quotes nothing


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_POLICY_BYTES + 1)
    except OSError as error:  # an editor may save under another name
        raise SourceUnavailable(
            f"the edited policy cannot be read: {error.strerror}.", "Nothing was changed."
        ) from error
