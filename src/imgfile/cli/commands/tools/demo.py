"""`imgfile demo`: the whole path on an invented patient, every command real and every claim checked.

Nothing is typed for anybody: where a rule wants a clinician at the terminal, it shows the refusal.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import typer

from imgfile import files
from imgfile.acts.demonstration import claims, scan
from imgfile.acts.demonstration.mailbox import SUBJECT, Mailbox, mailbox_with
from imgfile.acts.demonstration.photo import METADATA, shows_the_same, telling_photo
from imgfile.cli.demo.show import Show
from imgfile.cli.demo.stage import stage
from imgfile.clinical.dates import show_date
from imgfile.errors import RefusedByRule
from imgfile.terminal import Terminal

NUMBER: Final = "999 000 0018"
PASSPHRASE: Final = b"correct-horse-battery-staple"
"""It protects nothing: the vault lives for seconds."""
SOUGHT: Final = {**METADATA, "the patient's number": (NUMBER.encode(), NUMBER.replace(" ", "").encode())}

_CHILD_DAYS: Final = 430
"""Fourteen months."""
_INBOX: Final = Path("Inbox")
_VAULT: Final = Path("vault")
_STATE: Final = Path("state")
_RECOVERY: Final = Path("recovery.txt")
_COPY: Final = Path("for-dermatology.jpg")
_PRINT_PASSPHRASE: Final = "cmd /c type passphrase.txt" if os.name == "nt" else "cat passphrase.txt"
_INGEST: Final = ("ingest", str(_INBOX), "--yes", "--no-input", "--allow-test-id")
_INTIMATE: Final = {"body_site": "nappy area", "intimate": True, "safeguards": "1 2 3 4 5 6 7"}
_TRAIL: Final = ["filed", "erased", "exported"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", help="Show the whole path on an invented patient; every claim is checked.")(demo)


def demo(context: typer.Context) -> None:
    """Play every scene, then report whether every claim held. Raises `Error` when one did not."""
    show = Show(Terminal(), run_command=context.obj)
    photo = telling_photo(datetime.now() - timedelta(hours=4))  # noqa: DTZ005 - a camera's clock knows no zone
    box = mailbox_with(photo, datetime.now().astimezone() - timedelta(hours=3))
    show.narrate(
        "One photo's way from a mailbox into the record.",
        "Patient, photo and mailbox are invented. Everything happens in a temporary "
        "folder, nothing goes over the network, and nothing of yours is touched.",
    )
    with stage(_VAULT):
        _found(show)
        _arrive(show, photo, box)
        _refuse(show, box)
        _file(show, photo, box)
        _look(show, photo)
        _search(show)
        _leave_imgfile(show)
        _check(show)
    show.end()
    show.narrate("Next, with a vault of your own:  imgfile init")


def _found(show: Show) -> None:
    show.scene(
        "1. The vault",
        "A practice does this once. The recovery key is printed and locked away. "
        "--classic is for step 7: without it, the keys also withstand quantum computers.",
    )
    files.publish(Path("passphrase.txt"), PASSPHRASE)
    show.run(
        ("init", str(_VAULT), "--nation", "england", "--intimate-under-18", "clinician_attested"),
        ("--clinician", "Dr A. Example, GMC 7654321", "--station-name", "RECEPTION-3"),
        ("--recovery-file", str(_RECOVERY), "--classic", "--no-input"),
        ("--identity-command", _PRINT_PASSPHRASE),
    )


def _arrive(show: Show, photo: bytes, box: Mailbox) -> None:
    show.scene(
        "2. The mailbox",
        f'Four messages. A parent sends what the doctor asked for: "{SUBJECT}". '
        "The photo tells more than the parent meant to.",
    )
    files.publish(_INBOX, box.data)
    show.run(("inspect", "--values", "-"), piped=photo, note="      (the photo, through a pipe)")
    show.claim(
        f"all of it lies in the mailbox: {', '.join(METADATA)}",
        held=scan.found_in_mailbox(_INBOX, METADATA) == METADATA.keys(),
    )
    show.claim("Python's own mailbox library counts 4 messages", held=scan.count_messages(_INBOX) == box.messages)


def _refuse(show: Show, box: Mailbox) -> None:
    show.scene(
        "3. What is refused",
        "The answers stand in a file, so that the shell's history keeps no patient's number. "
        "What if it showed the nappy area? That is an intimate photo of a child, and rule R9 "
        "wants a clinician at the terminal to attest it. A script is refused; so is this one.",
    )
    text = _write_answers("nappy.json", _answers() | _INTIMATE)
    show.narrate("", "  nappy.json")
    show.quote(text)
    show.run((*_INGEST, "--answers", "nappy.json"), status=RefusedByRule.exit_code)
    show.claim("it was refused (exit code 17); the mailbox was not touched", held=_INBOX.read_bytes() == box.data)


def _write_answers(name: str, answers: Mapping[str, object]) -> str:
    text = json.dumps(answers, indent=2)
    files.publish(Path(name), text.encode())
    return text


def _answers() -> dict[str, object]:
    today = datetime.now().astimezone().date()
    return {
        "patient": NUMBER,
        "dob": show_date(today - timedelta(days=_CHILD_DAYS)),
        "body_site": "left forearm",
        "intimate": False,
        "purpose": "diagnosis",
        "basis": "parental_responsibility",
        "giver": "mother",
        "form": "verbal_telephone",
        "obtained_at": show_date(today),
        "rationale": "Worse despite usual care; video failed, family isolating; told mother why",
    }


def _file(show: Show, photo: bytes, box: Mailbox) -> None:
    show.scene(
        "4. Filing",
        "What it shows is the left forearm. answers.json says so, without the last two lines. "
        "The photo is stripped, sealed, written, read back from the disk and decrypted. Only "
        "when that matched is it erased from the mailbox, and nothing else is.",
    )
    _write_answers("answers.json", _answers())
    show.run((*_INGEST, "--answers", "answers.json"))
    after = _INBOX.read_bytes()
    elsewhere = len(box.data) - len(box.part)
    show.claim(f"the mailbox is as long as before: {len(box.data):,} bytes", held=len(after) == len(box.data))
    show.claim(
        f"outside the photo's own part all {elsewhere:,} bytes are the same", held=claims.is_same_outside(box, after)
    )
    show.claim("it still holds 4 messages", held=scan.count_messages(_INBOX) == box.messages)
    is_gone = claims.count_lines_left(box, after) == 0 and not scan.found_in_mailbox(_INBOX, METADATA)
    show.claim(f"of the photo's {len(photo):,} bytes no line is left in it, nor what it told", held=is_gone)
    place = next((body.decode().strip() for body in scan.bodies(_INBOX) if body.startswith(b"This photo was")), "")
    show.claim(f'its place says: "{place}"', held=bool(place))


def _look(show: Show, photo: bytes) -> None:
    show.scene(
        "5. Looking at it again",
        "What is filed is listed without a key. Opening it takes one's passphrase, or the "
        "recovery key. Each copy that leaves is entered in the audit trail, with its reason.",
    )
    record = show.run(("list",)).data.splitlines()[1].split()[0]
    facts = show.run(("show", record, "--identity-file", str(_RECOVERY), "--no-input")).data
    is_discreet = NUMBER in facts and not scan.found_in(facts.encode(), METADATA)
    show.claim("the record names the patient, and nothing that was stripped", held=is_discreet)
    show.run(
        ("export", record, "-o", str(_COPY), "--purpose", "referral_advice"),
        ("--reason", "Advice from dermatology", "--no-input"),
        ("--identity-command", _PRINT_PASSPHRASE),
    )
    copy = _COPY.read_bytes()
    show.claim("every pixel of the copy is the sent photo's, as Pillow decodes both", held=shows_the_same(photo, copy))
    show.claim("the copy tells no place, no name, no phone", held=not scan.found_in(copy, METADATA))


def _search(show: Show) -> None:
    show.scene(
        "6. What the vault gives away",
        "Every byte of every file is searched, as it stands and inflated, and every name.",
    )
    show.narrate("")
    count = sum(path.is_file() for path in _VAULT.rglob("*"))
    for name, places in scan.found_in_folder(_VAULT, SOUGHT).items():
        show.claim(f"{name} is in none of the vault's {count} files", held=not places)
    remembered = scan.found_in_folder(_STATE, SOUGHT).values()
    show.claim("nor is any of it in what this computer remembers", held=not any(remembered))


def _leave_imgfile(show: Show) -> None:
    show.scene(
        "7. Without imgfile",
        "Every sealed object is a standard age file: the recovery key opens the practice key, "
        "that the record's, that the photo. docs/reference/vault-format.md does it by hand.",
    )
    show.narrate("")
    age = claims.age_program()
    if age is None:
        show.narrate("  [not checked] the program age is not installed here (Debian: apt install age)")
        return
    opened = claims.open_with_age(age, _VAULT, _RECOVERY)
    show.claim("the stock program age opens the very photo that was exported", held=opened == _COPY.read_bytes())


def _check(show: Show) -> None:
    show.scene(
        "8. Checking",
        "Anybody at this computer can check the vault; it takes no key. The trail names no patient.",
    )
    show.run(("verify",))
    trail = show.run(("audit",)).data
    acts = re.findall(rf"\b({'|'.join(_TRAIL)})\b", trail)
    show.claim(f"the trail says {', '.join(_TRAIL)}, in this order", held=acts == _TRAIL)
