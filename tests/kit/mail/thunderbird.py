"""Debian's Thunderbird on a screen of its own: what somebody sees of a mailbox, by its pixels and by its text.

Beneath Xvfb and without a window manager, its window stands in the upper left corner; panes are reached by clicking.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageGrab

from kit.tools import tool

SCREEN = "1280x900x24"
FOLDERS, MESSAGE = (150, 113), (1110, 214)
"""Where the first folder tree's row stands, and a place in the message pane where nothing is shown."""
FOLDER_ROW = 28
LIST_BOX, MESSAGE_BOX = (288, 86, 584, 420), (588, 206, 1140, 840)
"""The list of messages, and what is shown of one, as left, top, right and bottom pixels."""
LOCAL_FOLDERS = Path("Mail", "Local Folders")
START_SECONDS = 120
SETTLED_SECONDS = 1.5
PREFERENCES = {
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.localfoldersserver": "server1",
    "mail.account.account1.server": "server1",
    "mail.server.server1.directory-rel": "[ProfD]Mail/Local Folders",
    "mail.server.server1.hostname": "Local Folders",
    "mail.server.server1.name": "Local Folders",
    "mail.server.server1.type": "none",
    "mail.server.server1.userName": "nobody",
    "mail.server.server1.storeContractID": "@mozilla.org/msgstore/berkeleystore;1",
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.spotlight.firstRunDone": True,
    "mail.shell.checkDefaultClient": False,
    "mail.inappnotifications.enabled": False,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "app.donation.eoy.version.viewed": 999,
    "extensions.update.enabled": False,
}
"""An account of local folders alone, and no page, question or download of the program's own."""


def make_profile(home: Path) -> Path:
    """Make a profile with local folders in somebody's home, and return the folder of its mailboxes."""
    profile = home / ".thunderbird" / "p.default"
    (profile / LOCAL_FOLDERS).mkdir(parents=True)
    lines = ["[Profile0]", "Name=default", "IsRelative=1", "Path=p.default", "Default=1", "", "[General]"]
    (home / ".thunderbird" / "profiles.ini").write_text("\n".join([*lines, "StartWithLastProfile=1", "Version=2", ""]))
    written = (f"user_pref({_spelled(name)}, {_spelled(value)});\n" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("".join(written))
    return profile / LOCAL_FOLDERS


def _spelled(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value).join(_quotes(value))


def _quotes(value: object) -> tuple[str, str]:
    return ("", "") if isinstance(value, int) else ('"', '"')


@contextmanager
def screen() -> Iterator[str]:
    """Run an X server with one screen in memory, and give its display."""
    reading, writing = os.pipe()
    command = [tool("Xvfb"), "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as stream:
                yield f":{stream.readline().strip()}"
        finally:
            server.terminate()


@dataclass
class Thunderbird:
    """A running Thunderbird."""

    display: str
    process: subprocess.Popen[bytes]

    def open_folder(self, number: int) -> None:
        """Open a folder of the local ones, counted from 1."""
        left, top = FOLDERS
        self._input("mousemove", str(left), str(top), "click", "1", "key", "Right")
        self._input("mousemove", str(left), str(top + number * FOLDER_ROW), "click", "1")
        self.settle()

    def open_message(self, number: int) -> None:
        """Show a message of the open folder, counted from 1."""
        left, top, _, _ = LIST_BOX
        self._input("mousemove", str(left + 100), str(top + 30), "click", "1", "key", "Home", *["Down"] * (number - 1))
        self.settle()

    def picture(self, box: tuple[int, int, int, int]) -> Image.Image:
        """Return what a part of the screen shows, as RGB pixels."""
        return ImageGrab.grab(xdisplay=self.display).crop(box).convert("RGB")

    def text(self) -> str:
        """Return the text of the message that is shown, as copying all of it gives it."""
        self._input("mousemove", *map(str, MESSAGE), "click", "1", "key", "ctrl+a", "key", "ctrl+c")
        time.sleep(SETTLED_SECONDS)
        pasted = subprocess.run(
            [tool("xclip"), "-selection", "clipboard", "-o"],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            check=True,
        )
        return pasted.stdout.decode()

    def settle(self) -> None:
        """Wait until the screen stays as it is."""
        before = None
        while (now := ImageGrab.grab(xdisplay=self.display).tobytes()) != before:
            before = now
            time.sleep(SETTLED_SECONDS)

    def _input(self, *words: str) -> None:
        subprocess.run([tool("xdotool"), *words], env={**os.environ, "DISPLAY": self.display}, check=True)
        time.sleep(0.3)


@contextmanager
def thunderbird(display: str, home: Path) -> Iterator[Thunderbird]:
    """Run Thunderbird with the profile of this home, and end it as somebody does who closes the window."""
    environment = {**os.environ, "HOME": str(home), "DISPLAY": display, "MOZ_CRASHREPORTER_DISABLE": "1"}
    profile = home / ".thunderbird" / "p.default"
    command = [tool("thunderbird"), "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        running = Thunderbird(display, process)
        try:
            _wait_for_window(display)
            running.settle()
            yield running
            running._input("key", "ctrl+q")
            process.wait(START_SECONDS)
        finally:
            process.kill()


def _wait_for_window(display: str) -> None:
    command = [tool("xdotool"), "search", "--sync", "--onlyvisible", "--class", "thunderbird"]
    subprocess.run(
        command, env={**os.environ, "DISPLAY": display}, check=True, capture_output=True, timeout=START_SECONDS
    )
    time.sleep(5)  # the window comes before what it shows
