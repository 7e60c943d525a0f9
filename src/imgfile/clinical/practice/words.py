"""Each setting of the policy in words: what it decides, its value as people read it, and which way a change goes.

`docs/reference/policy.md` is made from here; so are `imgfile policy show`, the file that `edit` opens, and what `edit`
says of a change before it is signed. What loosens is named apart: nobody should sign it in passing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from imgfile.clinical.policy import MAX_QUARANTINE_DAYS, MAX_RATIONALE_CHARACTERS, SETTINGS, Policy, spelled
from imgfile.clinical.vocabulary import IntimateUnder18, WhoMayAsk

Direction = Callable[[Any, Any], tuple[bool, bool]]
"""From a value before and one after: whether that loosens, and whether it tightens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One setting, for people."""

    title: str
    says: str
    """What it decides, in a sentence or two."""
    example: object
    """A value other than the default."""
    direction: Direction
    shown: Callable[[Any], str]
    absent: str = ""
    """What is shown where it is not set."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One setting that a new policy has otherwise, in words."""

    key: str
    title: str
    before: str
    after: str
    loosens: bool
    tightens: bool


def _neither(_before: object, _after: object) -> tuple[bool, bool]:
    return False, False


def _more_loosens(before: Sequence[object], after: Sequence[object]) -> tuple[bool, bool]:
    return bool(set(after) - set(before)), bool(set(before) - set(after))


def _more_tightens(before: Sequence[object], after: Sequence[object]) -> tuple[bool, bool]:
    return bool(set(before) - set(after)), bool(set(after) - set(before))


def _narrowing(before: Sequence[object], after: Sequence[object]) -> tuple[bool, bool]:
    """Compare lists of which an empty one lets all."""
    if not before or not after:
        return bool(before) and not after, bool(after) and not before
    return _more_loosens(before, after)


def _upwards_loosens(before: int, after: int) -> tuple[bool, bool]:
    return after > before, after < before


def _upwards_tightens(before: int, after: int) -> tuple[bool, bool]:
    return after < before, after > before


def _along(order: Sequence[object]) -> Direction:
    """Compare by an order that begins with the strictest."""
    return lambda before, after: _upwards_loosens(order.index(before), order.index(after))


def _left_out_loosens(before: object, after: object) -> tuple[bool, bool]:
    return bool(before) and not after, bool(after) and not before


def _both(before: object, after: object) -> tuple[bool, bool]:
    return (before != after,) * 2


def _label(code: Any) -> str:  # noqa: ANN401 - a code of any vocabulary
    return str(code.label)


def _labels(codes: Sequence[Any]) -> str:
    return ", ".join(map(_label, codes))


def _yes_or_no(value: object) -> str:
    return "yes" if value else "no"


def _listed(lines: Sequence[str]) -> str:
    return "; ".join(lines)


WORDS: Final = MappingProxyType(
    {
        "nation": Words(
            title="nation",
            says="Whose law holds, and whose words: who decides for whom, guardians, benefit, the certificate.",
            example="scotland",
            direction=_both,
            shown=_label,
        ),
        "intimate_under_18": Words(
            title="intimate photos of under-18s",
            says="What happens with them (R9): filed with a clinician's attestation, or refused and described instead.",
            example="clinician_attested",
            direction=_along([IntimateUnder18.REFUSE, IntimateUnder18.CLINICIAN_ATTESTED]),
            shown=_label,
        ),
        "health_attorney": Words(
            title="health attorneys",
            says="Whether an attorney can decide about health here (R7). Left out, the nation says: not in Northern "
            "Ireland, elsewhere yes.",
            example=True,
            direction=_along([False, None, True]),
            shown=_yes_or_no,
            absent="as the nation has it",
        ),
        "schemes": Words(
            title="patients' numbers",
            says="Whose numbers are taken. `local` is a number of the practice's own, for who has no other: it is "
            "always said to be one, as in `local T-1234`, and never guessed from the digits.",
            example=["nhs", "local"],
            direction=_more_loosens,
            shown=_labels,
        ),
        "local_number": Words(
            title="pattern of local numbers",
            says="What the practice's own numbers are like: # is a digit, @ a letter, {4} or {4,8} behind them says "
            "how many; A to Z, 0 to 9, - and / stand for themselves. Never ten digits.",
            example="T-#{4,6}",
            direction=_neither,
            shown=str,
            absent="none",
        ),
        "may_hand_over_intimate_under_18": Words(
            title="handing those to our own record",
            says="Whether a clinician may hand an intimate photo of an under-18 to the practice's own clinical record "
            "(R9). Otherwise only its description goes there.",
            example=True,
            direction=_upwards_loosens,
            shown=_yes_or_no,
        ),
        "attester_roles": Words(
            title="who may attest",
            says="As what a clinician must be listed in the roster to attest an intimate photo of an under-18 (R9); "
            "`imgfile people role` lists them. Left out, any registered clinician may.",
            example=["doctor", "nurse"],
            direction=_narrowing,
            shown=_labels,
            absent="any registered clinician",
        ),
        "who_may_ask": Words(
            title="who may ask for photos",
            says="Who may have asked for a photo (R26): anybody of the practice and any registrant by name and number; "
            "only the practice (`roster`); or only those of `may_ask` (`listed`).",
            example="roster",
            direction=_along([WhoMayAsk.LISTED, WhoMayAsk.ROSTER, WhoMayAsk.ROSTER_AND_STATED]),
            shown=_label,
        ),
        "may_ask": Words(
            title="those who may ask",
            says='Whom `who_may_ask = "listed"` means: names, or names with registrations.',
            example=["Dr A. Example, GMC 7654321"],
            direction=_more_loosens,
            shown=_listed,
            absent="nobody is listed",
        ),
        "allows_oral_teaching": Words(
            title="oral consent for teaching",
            says="Whether recorded oral consent suffices for teaching within the practice (R3). Never of an under-18, "
            "never for an intimate photo, never for anything else.",
            example=True,
            direction=_upwards_loosens,
            shown=_yes_or_no,
        ),
        "quarantine_days": Words(
            title="days in quarantine",
            says=f"How many days a photo that was set aside may wait for somebody's decision, 1 to "
            f"{MAX_QUARANTINE_DAYS}.",
            example=3,
            direction=_upwards_loosens,
            shown=str,
        ),
        "safeguarding_contact": Words(
            title="whom to call",
            says="Whom to call about a safeguarding concern, in the practice's own words (R21). It is shown with every "
            "hold; no number is built in but 999.",
            example="Dr C. Lead, 020 7946 0000; out of hours the duty social worker",
            direction=_left_out_loosens,
            shown=lambda text: " / ".join(text.splitlines()),
            absent="not said: whoever leads on safeguarding",
        ),
        "min_rationale_characters": Words(
            title="shortest rationale",
            says=f"How many characters a rationale has at least (R1), 20 to {MAX_RATIONALE_CHARACTERS}.",
            example=40,
            direction=_upwards_tightens,
            shown=lambda count: f"{count} characters",
        ),
        "rationale_phrases": Words(
            title="phrases for a rationale",
            says="The practice's own beginnings of a rationale, picked by number with words of one's own behind: "
            "`2 + clotrimazole`. What is recorded is the phrase; one alone is no rationale.",
            example=["Seen by video, photo asked for to judge", "Response to treatment with"],
            direction=_neither,
            shown=_listed,
            absent="none",
        ),
        "intimate_sites": Words(
            title="further intimate sites",
            says="Body sites that count as intimate here too (R10), in the singular, of up to six words.",
            example=["scalp"],
            direction=_more_tightens,
            shown=_listed,
            absent="none beside the listed ones",
        ),
        "ordinary_sites": Words(
            title="further ordinary sites",
            says="Body sites that are ordinary here, so that nobody is asked (R10). One that counts as intimate, or is "
            "like one that does, is refused.",
            example=["hearing aid mould"],
            direction=_more_loosens,
            shown=_listed,
            absent="none beside the listed ones",
        ),
    }
)  # fmt: skip
"""Every setting's, by its key (`SETTINGS` has what each may be)."""


def shown(policy: Policy, key: str) -> str:
    """Return a setting as people read it."""
    value = getattr(policy, key)
    if value is None or value in ((), ""):
        return WORDS[key].absent
    return WORDS[key].shown(value)


def lines(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield each setting's title and its value."""
    for key in SETTINGS:
        yield WORDS[key].title, shown(policy, key)


def changes(before: Policy, after: Policy) -> Iterator[Changed]:
    """Yield what a new policy has otherwise than the one before, and which way each goes."""
    for key, words in WORDS.items():
        old, new = getattr(before, key), getattr(after, key)
        if old != new:
            yield Changed(key, words.title, shown(before, key), shown(after, key), *words.direction(old, new))


def reference() -> str:
    """Write the settings as Markdown, for docs/reference/policy.md."""
    rows = []
    for key, setting in SETTINGS.items():
        default = "none: it must be there" if setting.is_required else _default(key)
        rows.append(f"| `{key}` | {WORDS[key].says} | {default} | `{_example(key)}` | {_raises(key)} |")
    head = ["| key | what it decides | left out | for example | raises `format` |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


def _default(key: str) -> str:
    default = SETTINGS[key].default
    return WORDS[key].absent if default is None or default in ((), "") else f"`{spelled(default)}`"


def _example(key: str) -> str:
    example = WORDS[key].example
    return spelled(tuple(example) if isinstance(example, list) else example)


def _raises(key: str) -> str:
    setting = SETTINGS[key]
    read = setting.read(WORDS[key].example)
    return f"{setting.format}" if setting.format_of(read) > 1 else ""
