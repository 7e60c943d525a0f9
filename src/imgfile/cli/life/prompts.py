"""The interview's questions at the terminal, where no photo is at hand: amending, moving, accepting.

`?` explains, `q` stops and changes nothing; an answer that is to be changed is shown, and Enter keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgfile.cli.life.confirming import is_change
from imgfile.clinical.interview.choices import numbered
from imgfile.clinical.interview.confirmation import Confirmation
from imgfile.clinical.interview.explanations import EXPLANATIONS, Explanation
from imgfile.clinical.interview.prompt import Ask, Prompt
from imgfile.clinical.interview.shown import title
from imgfile.errors import Cancelled
from imgfile.terminal import Terminal, asking, sanitise


def asker(terminal: Terminal) -> Ask:
    """Return what asks an interview's questions at this terminal. It raises `Cancelled` for `q`."""

    def ask(prompt: Prompt) -> str:
        asking.show(terminal, (*prompt.notice, *(listing(prompt) if prompt.is_listing else ())))
        is_edited = bool(prompt.prefill) and terminal.can_edit
        if prompt.now and not is_edited:
            asking.show(terminal, [f"now  {prompt.now}", "Enter keeps it."])
        asking.show(terminal, [prompt.problem] if prompt.problem else ())
        text = " ".join(prompt.prefill.split()) if is_edited else ""
        try:
            typed = terminal.ask(prompt.words, prefill=text)
        except Cancelled:  # Ctrl-C: whoever asks here changes nothing before all is answered
            raise Cancelled(asking.NOTHING_CHANGED) from None
        if typed.strip().casefold() in {"q", "quit"}:
            raise Cancelled(asking.NOTHING_CHANGED)
        return "" if text and typed == sanitise(text) else typed  # kept as it is, with its line ends

    return ask


def take_confirmation(terminal: Terminal, asked: Confirmation, words: str, explanation: Explanation) -> None:
    """Show what is to be confirmed, and ask until it is."""
    asking.show(terminal, asked.lines)
    while not asked.accepts(asking.answer(terminal, words, explanation)):
        asking.show(terminal, ["That is not the answer that is asked for; q quits."])


def take_both_digits(
    terminal: Terminal, digits: str, first: str, explanation: Explanation, *, can_change: bool = False
) -> bool:
    """Ask for the last four digits of two numbers until they are typed, the one called `first` first.

    Return False where somebody `can_change` an answer, and wants to.
    """
    words = f"Last four digits of both numbers, {first} one first ({'c change, ' * can_change}q quit):"
    while "".join((typed := asking.answer(terminal, words, explanation)).split()) != digits:
        if can_change and is_change(typed):
            return False
        asking.show(terminal, [f"Those are not the last four digits of both, {first} one first; q quits."])
    return True


def listing(prompt: Prompt) -> Iterator[str]:
    """Explain what is asked, and list what can be answered, each by its number."""
    for slug in prompt.slugs:
        if len(prompt.slugs) > 1:
            yield f"{title(slug)}:"
        if slug in EXPLANATIONS:
            yield from EXPLANATIONS[slug].lines()
        yield from (f"law   {text}" for text in prompt.law.get(slug, ()))
        offered = prompt.listed.get(slug, ())
        if len(prompt.slugs) > 1 and offered:
            yield numbered(offered, has_all=True, tie="\N{NO-BREAK SPACE}")
        elif offered:
            yield from (f"{number} {choice.label}" for number, choice in enumerate(offered, 1))
