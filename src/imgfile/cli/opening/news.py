"""What everybody who uses a vault must be told once: that the recovery key let somebody in, or changed who belongs."""

from __future__ import annotations

from imgfile.cli.formats import show_day
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Roster


def report_news(vault: Vault, terminal: Terminal) -> None:
    """Report the rosters that the recovery key signed since this computer looked last."""
    for roster in vault.news:
        terminal.warn(_sentence(roster))


def _sentence(roster: Roster) -> str:
    when = f" on {show_day(roster.made)}" if roster.made else ""
    last = roster.people[-1].name if roster.change == "recovered" and roster.people else ""
    what = f": it let {last} in" if last else f": {roster.change}" if roster.change else ""
    return (
        f"roster {roster.number} was signed with the recovery key{when}{what}. If nobody here did that, see who "
        "belongs:  imgfile roster show"
    )
