"""What people type: examples of every command, for its help page, and for the man page.

Each is a line as it is typed in a shell, and what it does. A test has every one parsed by the command itself.
"""

from __future__ import annotations

import re
import textwrap
from typing import Final, TypeAlias

Example: TypeAlias = tuple[str, str]
"""What it does; what is typed."""

_CLASSIC: Final = "--classic"

EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
    "init": (
        ("Answer seven questions:", "imgfile init"),
        ("A vault that Debian's age 1.1.1 opens too:", f"imgfile init S:/clinical-photos {_CLASSIC}"),
        (
            "Without a question, for a script:",
            (
                "imgfile init vault --nation england --intimate-under-18 refuse "
                "--clinician 'Dr A. Example, GMC 7654321' --recovery-file recovery.txt "
                "--identity-command 'pass imgfile' --no-input"
            ),
        ),
    ),
    "ingest": (
        ("One photo, asked about at the terminal:", "imgfile ingest rash.jpg"),
        ("The photos of a mailbox, the newest first:", "imgfile ingest Inbox --since yesterday"),
        ("A table that scan wrote and somebody completed:", "imgfile ingest --table triage.csv --dry-run"),
        ("What its rows lack, asked at the terminal:", "imgfile ingest --table triage.csv --attend"),
        ("Unattended, with the answers in a file:", "imgfile ingest rash.jpg --answers answers.json --yes --no-input"),
    ),
    "mail list": (
        ("Which mails wait to be ticked off:", "imgfile mail"),
        ("With sender and subject, looked up in the mailbox:", "imgfile mail --from Inbox"),
    ),
    "inbox list": (("What waits for a clinician:", "imgfile inbox"),),
    "inbox look": (("Look at one before it is filed:", "imgfile inbox look 7f3k"),),
    "inbox accept": (
        ("File one, with another body site than was typed:", "imgfile inbox accept 7f3k --body-site 'right knee'"),
    ),
    "inbox reject": (("File nothing, and destroy it:", "imgfile inbox reject 7f3k"),),
    "amend": (
        ("See the answers, and choose which to correct:", "imgfile amend 7f3k"),
        ("It shows more than it should, at any computer:", "imgfile amend 7f3k --intimate"),
    ),
    "note": (
        ("What was found since:", "imgfile note 7f3k --text 'Seen face to face; settling'"),
        ("What came of it:", "imgfile note 7f3k --outcome"),
    ),
    "consent show": (
        ("What was agreed, at filing and since:", "imgfile consent show 7f3k"),
        ("Write the signed form out:", "imgfile consent show 7f3k --document form.pdf"),
    ),
    "consent add": (
        ("The patient signed a form for teaching:", "imgfile consent add 7f3k --consent-document form.pdf"),
        ("They withdrew, and agree again:", "imgfile consent add 7f3k --again"),
    ),
    "consent review": (("Which children decide for themselves by now:", "imgfile consent review"),),
    "consent withdraw": (("The patient, or whoever speaks for them, withdraws:", "imgfile consent withdraw 7f3k"),),
    "mail done": (
        ("One that is deleted in the mail account:", "imgfile mail done 7f3k"),
        ("All of them:", "imgfile mail done --all"),
    ),
    "safeguarding list": (("Which photos are on hold here, and whom to call:", "imgfile safeguarding list"),),
    "safeguarding lift": (
        ("One of them, with your name and a reason:", "imgfile safeguarding lift 3f9a2c1d"),
        (
            "The same, for a script:",
            "imgfile safeguarding lift 3f9a2c1d --reason 'lead told, no action' --identity-command 'pass imgfile'",
        ),
    ),
    "scan": (
        ("What photos are in a mailbox:", "imgfile scan Inbox"),
        ("Every folder of a mail program's profile:", "imgfile scan ~/.thunderbird --recursive"),
        ("A table to complete in a spreadsheet:", "imgfile scan Inbox --table triage.xlsx"),
        ("Messages to delete in the mail account:", "imgfile scan Inbox --filed"),
    ),
    "find": (
        ("Asks what you look for: a number, days, or words:", "imgfile find"),
        ("Every photo of a shoulder:", "imgfile find shoulder"),
        ("One patient's, the number in no history:", "imgfile find --patient - < number.txt"),
        ("What was taken in a week:", "imgfile find --date '21/11/2026 to 28/11/2026'"),
        ("Whose consent was withdrawn, for a script:", "imgfile find --consent-state withdrawn --json"),
    ),
    "list": (
        ("Everything, newest first:", "imgfile list"),
        ("One patient's, the number in no history:", "imgfile list --patient - < number.txt"),
        ("What was filed since yesterday:", "imgfile list --since yesterday"),
        ("For a script:", "imgfile list --json"),
    ),
    "show": (
        ("The facts that were filed with a photo:", "imgfile show 7f3k"),
        ("For a script:", "imgfile show 7f3k --json --identity-command 'pass imgfile'"),
    ),
    "view": (
        ("Pick from a patient's photos, by the number:", "imgfile view"),
        ("Compare two, with the reason given:", "imgfile view 7f3k 9c2m --reason 'response to clotrimazole'"),
        ("Print the address and open nothing:", "imgfile view 7f3k --no-browser"),
    ),
    "export": (
        ("A page for the document folder of your clinical system:", "imgfile export 7f3k --as pdf -o S:/docman-in"),
        ("A copy for a referral:", "imgfile export 7f3k -o rash.jpg"),
        (
            "To another program, without a question:",
            (
                "imgfile export 7f3k -o - --purpose referral_advice --reason '2WW clinic' "
                "--identity-command 'pass imgfile' > rash.jpg"
            ),
        ),
    ),
    "handed": (
        ("Which photos were never handed over:", "imgfile handed"),
        ("Where two of them are now:", "imgfile handed 7f3k b81d --where 'EMIS, 28 Nov'"),
    ),
    "move": (
        ("The wrong patient; the right one's number is asked:", "imgfile move 5bq2"),
        ("See what would be asked and refused, and change nothing:", "imgfile move 5bq2 --dry-run"),
    ),
    "rekey": (
        ("A temporary number is replaced; both numbers are asked:", "imgfile rekey"),
        ("See what would be asked and refused, and change nothing:", "imgfile rekey --dry-run"),
        (
            "Without a question; the file has the old number and the new one, a line each:",
            "imgfile rekey --patient - --reason 'traced' --yes --no-input < numbers.txt",
        ),
    ),
    "status": (
        ("How many records there are, and what waits:", "imgfile status"),
        ("For a script, or a status bar:", "imgfile status --json"),
    ),
    "check": (
        ("What is well, and what to do next:", "imgfile check"),
        ("For a script, or a monitoring program:", "imgfile check --json"),
        ("Only what somebody should look at:", "imgfile check -q"),
        ("Remove what a killed run left:", "imgfile check --clean"),
    ),
    "verify": (
        ("Every night, silent when all is well:", "imgfile verify -q"),
        ("Open every record too:", "imgfile verify --decrypt"),
    ),
    "audit": (
        ("Who did what, and when:", "imgfile audit"),
        ("What was done with one photo:", "imgfile audit --record 7f3k"),
        ("What somebody did since Monday:", "imgfile audit --actor 7654321 --since 23/11/2026"),
        ("Why one patient's photos were looked at, too:", "imgfile audit --patient - --reasons < number.txt"),
    ),
    "join": (
        ("On a new computer, with a colleague at the telephone:", "imgfile join S:/clinical-photos"),
        ("At the desk, where nobody looks:", "imgfile join S:/clinical-photos --reception"),
        (
            "Without a question, for a script:",
            (
                'imgfile join S:/clinical-photos --fingerprint "$WORDS" '
                "--name 'Dr B. Colleague' --registration 'GMC 7111111' --identity-command 'pass imgfile' --no-input"
            ),
        ),
    ),
    "people list": (
        ("Who can look, and where:", "imgfile people list"),
        ("For a script:", "imgfile people list --json"),
    ),
    "people approve": (
        ("Type the words that they read out:", "imgfile people approve"),
        (
            "Without a question, for a script:",
            (
                'imgfile people approve --words "$WORDS" --person "$PERSON" '
                "--identity-command 'pass imgfile' --no-input"
            ),
        ),
    ),
    "people requests": (("What asks, and why it could not be approved:", "imgfile people requests"),),
    "station list": (("Which computers file, and whose they are:", "imgfile station list"),),
    "roster show": (("What changed, and who signed it:", "imgfile roster show"),),
    "roster fingerprint": (("Read it out to whoever joins:", "imgfile roster fingerprint"),),
    "roster pin": (("Check a restored copy on a computer of its own:", "imgfile roster pin /mnt/restored/vault"),),
    "explain": (
        ("What there is to explain:", "imgfile explain"),
        ("On whose decision a photo is kept:", "imgfile explain basis"),
        ("What a rule says:", "imgfile explain rule 9"),
        ("Whether a body site counts as intimate:", "imgfile explain site inner thigh"),
        ("When a child can decide, by the law of Scotland:", "imgfile explain competence --nation scotland"),
    ),
    "policy show": (
        ("What the practice decided:", "imgfile policy show"),
        ("The same as a file, to change it:", "imgfile policy show --toml > policy.toml"),
    ),
    "policy check": (("See whether a file can be one:", "imgfile policy check policy.toml"),),
    "policy edit": (
        ("In your editor; what changes is said before you sign it:", "imgfile policy edit"),
        (
            "From a file, for a script:",
            "imgfile policy edit --file policy.toml --yes --identity-command 'pass imgfile' --no-input",
        ),
    ),
    "policy notice": (("The page for patients, to print:", "imgfile policy notice > notice.txt"),),
    "vault list": (
        ("Where they lie, and how they are named here:", "imgfile vault list"),
        ("For a script:", "imgfile vault list --json"),
    ),
    "vault name": (
        ("Then --vault north means it:", "imgfile vault name S:/clinical-photos north"),
        ("By the beginning of its id:", "imgfile vault name 3fa9 north"),
    ),
    "recover": (
        ("With the vault's folder and the recovery file:", "imgfile recover S:/clinical-photos"),
        (
            "Without a question:",
            (
                "imgfile recover vault --recovery-file recovery.txt --clinician 'Dr A. Example, GMC 7654321' --yes "
                "--identity-command 'pass imgfile' --no-input"
            ),
        ),
    ),
    "keys passphrase": (("Type the old one, then the new one:", "imgfile keys passphrase"),),
    "keys test-recovery": (("Once a year:", "imgfile keys test-recovery E:/recovery.txt"),),
    "keys recovery": (
        ("It is lost, or somebody saw it:", "imgfile keys recovery new --new-recovery-file E:/recovery-2.txt"),
    ),
    "people remove": (
        ("Somebody leaves on Friday:", "imgfile people remove 'Dr L. Locum'"),
        (
            "Without a question:",
            (
                "imgfile people remove 'GMC 7222222' --keep-computers --held-recovery-key n --confirm 7222222 "
                "--identity-command 'pass imgfile' --no-input"
            ),
        ),
    ),
    "people role": (
        ("Let a colleague administer too:", "imgfile people role 'Dr B. Colleague' clinician administrator"),
    ),
    "destroy propose": (
        ("One photo, or several of a patient:", "imgfile destroy propose 7f3k"),
        ("All of a patient's, whose number is asked for:", "imgfile destroy propose --patient -"),
    ),
    "destroy list": (("What waits for a second person:", "imgfile destroy list"),),
    "destroy approve": (
        ("As the second person, where you look at photos:", "imgfile destroy approve 5bq2 -o certificate.txt"),
    ),
    "legal-hold add": (("A solicitor wrote:", "imgfile legal-hold add 7f3k --reason 'claim of May 2026'"),),
    "legal-hold list": (("What is held, and since when:", "imgfile legal-hold list"),),
    "legal-hold lift": (("The claim is settled:", "imgfile legal-hold lift 7f3k"),),
    "station rename": (("Call a computer otherwise:", "imgfile station rename LAPTOP-9 ROOM-4"),),
    "station retire": (("A laptop was lost:", "imgfile station retire LAPTOP-9"),),
    "vault accept-loss": (
        ("A backup was restored, and nothing can be filed:", "imgfile vault accept-loss"),
        ("A computer whose trail is short is gone for good:", "imgfile vault accept-loss --close-short"),
    ),
    "vault keys": (
        ("Where they are, and whether they can be reached:", "imgfile vault keys"),
        ("Their folder was moved:", "imgfile vault keys T:/clinical-keys"),
    ),
    "vault upgrade": (
        ("With the recovery file at hand:", "imgfile vault upgrade --recovery-file E:/recovery.txt"),
        ("Without it, with a new one:", "imgfile vault upgrade --new-recovery-file E:/recovery-2.txt"),
    ),
    "vault default": (("Mean it wherever none is named:", "imgfile vault default north"),),
    "inspect": (
        ("What a photo gives away:", "imgfile inspect rash.jpg"),
        ("The values too, of a folder:", "imgfile inspect photos --recursive --values"),
    ),
    "strip": (
        ("A copy without metadata:", "imgfile strip rash.jpg -o clean.jpg"),
        ("A folder into another:", "imgfile strip photos -o clean"),
        ("In a pipeline:", "cat rash.jpg | imgfile strip - > clean.jpg"),
    ),
    "demo": (("See the whole path, and leave nothing:", "imgfile demo"),),
}


def lines_of(command: str, width: int) -> list[str]:
    """Return a command's examples for a page of so many columns; what is too long goes on after a backslash."""
    lines: list[str] = []
    for does, typed in EXAMPLES.get(command, ()):
        lines += textwrap.wrap(does, width, initial_indent="  ", subsequent_indent="  ")
        lines += _broken(typed, width)
    return lines


def _broken(typed: str, width: int) -> list[str]:
    """Break what is typed between its words, as a shell goes on reading it."""
    lines = ["   "]
    for word in re.findall(r"(?:'[^']*'|\S)+", typed):
        if len(lines[-1]) + len(word) + 3 > width and lines[-1].strip():
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {word}"
    return lines
