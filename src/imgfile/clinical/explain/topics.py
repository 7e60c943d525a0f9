"""Finding what somebody asks about, and saying it: from the same data as the interview, the rules and the policy.

A topic is a question by its slug or title (basis, who agreed), `rule 9` or R9, `site WORDS`, a code or words of the
vocabulary (competent_minor, phone), a setting of the policy, or one of the law's (competence, capacity). What is not
known is refused with the nearest that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from imgfile.clinical import other_rules, statements
from imgfile.clinical.codes import Code
from imgfile.clinical.consent_basis import ADULT_YEARS, ConsentBasis, Terms
from imgfile.clinical.interview import law
from imgfile.clinical.interview.choices import FORMS, Choice, is_choice
from imgfile.clinical.interview.explanations import EXPLANATIONS
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.shown import TITLES
from imgfile.clinical.policy import SETTINGS, Policy
from imgfile.clinical.practice.words import WORDS, shown
from imgfile.clinical.sites.match import BodySite, SiteKind, classify, site_lists
from imgfile.clinical.text import parse_line
from imgfile.clinical.vocabulary import ASKED_SAFEGUARDS, REQUIRED_SAFEGUARDS, VOCABULARIES, ConsentForm, Nation
from imgfile.errors import UsageError

_RULE: Final = re.compile(r"(?:rule\s*)?r?\s*([0-9]{1,2})", re.IGNORECASE)
_HINT: Final = "What there is to explain:  imgfile explain"
STATEMENTS: Final = {**statements.STATEMENTS, **other_rules.STATEMENTS}
"""Every rule, by its number."""
LISTED: Final[Mapping[str, type[Code]]] = {
    "basis": ConsentBasis,
    **{
        {"AttesterRole": "attester_role", "WithdrawalOutcome": "withdrawal_outcome"}.get(
            each.__name__, re.sub(r"(?<!^)(?=[A-Z])", "_", each.__name__).lower()
        ): each
        for each in VOCABULARIES
    },
}
"""The closed lists, by the name of the question or of the list."""
_LISTS_OF: Final = {
    "giver": "consent_giver",
    "form": "consent_form",
    "spoken_since": "consent_form",
    "competence": "minor_competence",
}
"""Questions whose list is called otherwise."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is said of a topic: labelled lines for people, and the same as facts for scripts."""

    topic: str
    lines: tuple[tuple[str, str], ...]
    """Label (may be empty) and text."""
    facts: Mapping[str, object] = field(default_factory=dict)


def topics() -> Iterator[tuple[str, str]]:
    """Yield what can be asked about, and what it is, for the list."""
    yield from ((slug, EXPLANATIONS[slug].meaning) for slug in QUESTIONS)
    yield "deciding_instead", "Who decides where a patient cannot: attorney, deputy, guardian, best interests."
    yield f"rule 1 … rule {max(int(number[1:]) for number in STATEMENTS)}", "What a rule says."
    yield "site WORDS", "Whether a body site counts as intimate, ordinary, or neither."
    yield "a code", "Any code of docs/reference/vocabulary.md, such as competent_minor."
    yield from ((key, WORDS[key].says) for key in SETTINGS if key not in QUESTIONS)


def explain(words: Sequence[str], nations: Sequence[Nation], policy: Policy | None = None) -> Page:
    """Return what is known of a topic, by the law of these nations. Raises `UsageError` where nothing is."""
    first, *rest = words
    if first.casefold() == "site" and rest:
        return _site(" ".join(rest), policy)
    text = " ".join(words)
    if (found := _RULE.fullmatch(text)) is not None:
        return _rule(f"R{int(found.group(1))}")
    return _named(text, nations, policy)


def _named(text: str, nations: Sequence[Nation], policy: Policy | None) -> Page:
    slug = _slug(text)
    if slug in QUESTIONS:
        return _question(slug, nations)
    if slug in law.TOPICS:
        return Page(slug, tuple(_law(slug, nations)), {"law": _law_facts(slug, nations)})
    if slug in SETTINGS:
        return _setting(slug, policy)
    if slug in LISTED:
        return Page(slug, tuple(_codes(LISTED[slug])), {"codes": _code_facts(LISTED[slug])})
    code = _code(text)
    if code is None:
        raise _unknown(slug)
    return _of_code(code, nations)


def _slug(text: str) -> str:
    plain = text.strip().casefold().removeprefix("--").replace("-", "_").replace(" ", "_")
    named = {words.replace(" ", "_"): slug for slug, words in TITLES.items()} | _CALLED
    return named.get(plain, plain)


_CALLED: Final = {"gillick": "competence", "consent_form": "consent_document", "consent_basis": "basis"}
"""What people call a question besides."""


def _unknown(slug: str) -> UsageError:
    import difflib  # noqa: PLC0415 - only a slip of the hand needs it

    known = [*QUESTIONS, *law.TOPICS, *SETTINGS, *LISTED]
    near = difflib.get_close_matches(slug, known, n=1)
    return UsageError(
        "there is nothing of that name to explain.", f"Did you mean {near[0]}?\n{_HINT}" if near else _HINT
    )


# --- a question, and its codes ------------------------------------------------------------------------------------


def _question(slug: str, nations: Sequence[Nation]) -> Page:
    question, said = QUESTIONS[slug], EXPLANATIONS[slug]
    listed = LISTED.get(_LISTS_OF.get(slug, slug))
    lines = [
        ("what", said.meaning),
        ("who", said.who),
        ("e.g.", said.example),
        ("flag", question.flag),
        *([("column", slug)] if question.is_column else []),
    ]
    if slug == "safeguards":
        lines += [*_safeguards()]
    elif listed is not None:
        lines += _codes(listed)
    facts = {
        "what": said.meaning,
        "who": said.who,
        "example": said.example,
        "flag": question.flag,
        "column": slug if question.is_column else "",
        "codes": _required_facts() if slug == "safeguards" else [] if listed is None else _code_facts(listed),
        "law": _law_facts(slug, nations),
    }
    return Page(slug, (*lines, *_law(slug, nations)), facts)


def _safeguards() -> Iterator[tuple[str, str]]:
    for number, code in enumerate(ASKED_SAFEGUARDS, 1):
        yield str(number), f"{code.label}{' (required)' if code in REQUIRED_SAFEGUARDS else ''}"


def _required_facts() -> list[dict[str, object]]:
    return [
        {"code": str(code), "words": code.label, "is_required": code in REQUIRED_SAFEGUARDS}
        for code in ASKED_SAFEGUARDS
    ]


def _codes(listed: type[Code]) -> Iterator[tuple[str, str]]:
    for code in listed:
        detail = f": {_terms(code.terms)}" if isinstance(code, ConsentBasis) else ""
        yield "", f"{code}  {code.label}{detail}"


def _code_facts(listed: type[Code]) -> list[dict[str, str]]:
    return [{"code": str(code), "words": code.label} for code in listed]


def _code(text: str) -> Code | None:
    for listed in VOCABULARIES:
        for code in listed:
            if is_choice(text, [Choice(code, code.label)]):
                return code
    return next((code for code in ConsentForm for each in FORMS if each.code == code and is_choice(text, [each])), None)


def _of_code(code: Code, nations: Sequence[Nation]) -> Page:
    lines = [("code", f"{code}, {code.label}"), ("what", (type(code).__doc__ or "").splitlines()[0])]
    facts: dict[str, object] = {"code": str(code), "words": code.label, "list": type(code).__name__}
    if isinstance(code, ConsentBasis):
        lines.append(("when", _terms(code.terms)))
        slug = "competence" if code.terms.needs_competence else "deciding_instead"
        if code.terms.needs_competence or code.terms.lacks_capacity_from_years is not None:
            lines += _law(slug, nations)
            facts["law"] = _law_facts(slug, nations)
        facts["when"] = _terms(code.terms)
    return Page(str(code), tuple(lines), facts)


def _ages(terms: Terms) -> str:
    until = terms.until_years
    begins = f"from {terms.from_years}{_elsewhere(terms.from_years_in)}" if terms.from_years else ""
    ends = f"until {until}{_elsewhere(terms.until_years_in)}" if until is not None else ""
    return " ".join(filter(None, (begins, ends))) or "at any age"


def _elsewhere(years: Mapping[str, int]) -> str:
    """Return an age that is another one in some nations, behind the usual one."""
    return "".join(
        f" ({' and '.join(Nation(nation).label for nation in years if years[nation] == age)}: {age})"
        for age in dict.fromkeys(years.values())
    )


def _terms(terms: Terms) -> str:
    """Return when a basis holds, who can give it, and what it needs."""
    if not terms.is_filed_on:
        return "nothing is filed on it"
    until = terms.until_years
    parts = [_ages(terms)]
    if terms.is_agreement:
        parts.append(f"given by {' or '.join(giver.label for giver in terms.givers)}")
    if terms.needs_competence:
        parts.append("with how competence was assessed")
    if terms.is_substitute:
        parts.append("only where the patient was assessed as lacking capacity")
    elif terms.lacks_capacity_from_years is not None and (until is None or until >= ADULT_YEARS):
        parts.append(f"from {terms.lacks_capacity_from_years} only where the patient was assessed as lacking capacity")
    if terms.states_parental_responsibility:
        parts.append("with how parental responsibility is known")
    if not terms.supports_secondary_uses:
        parts.append("never for teaching, research or publication")
    if not terms.is_explicit:
        parts.append("never for an intimate photo of an adult")
    if terms.meant_for:
        parts.append(terms.meant_for)
    return "; ".join(parts)


# --- the law, rules, sites, settings ------------------------------------------------------------------------------


def _law(slug: str, nations: Sequence[Nation]) -> Iterator[tuple[str, str]]:
    by_text: dict[str, list[str]] = {}
    for nation in nations:
        for text in law.of(slug, nation):
            by_text.setdefault(text, []).append(nation.label)
    for text, of in by_text.items():
        yield "law", f"{', '.join(of)}: {text}"


def _law_facts(slug: str, nations: Sequence[Nation]) -> dict[str, list[str]]:
    return {str(nation): list(law.of(slug, nation)) for nation in nations if law.of(slug, nation)}


def _rule(number: str) -> Page:
    if number not in STATEMENTS:
        last = max(int(each[1:]) for each in STATEMENTS)
        raise UsageError(f"there is no rule {number}.", f"They are R1 to R{last}.\n{_HINT}")
    return Page(number, (("rule", STATEMENTS[number]),), {"rule": number, "statement": STATEMENTS[number]})


_SITES: Final = {
    SiteKind.INTIMATE: "counts as intimate: {}. Of an under-18 rule R9 holds, of an adult R10.",
    SiteKind.ORDINARY: "is an ordinary site: of an adult nobody is asked; of an under-18 somebody says at the prompt "
    "that it is not intimate.",
    SiteKind.UNKNOWN: "is in no list: somebody who sees the photo says whether it is intimate.",
}


def _site(text: str, policy: Policy | None) -> Page:
    site = parse_line(text)
    own = () if policy is None else (policy.intimate_sites, policy.ordinary_sites)
    found = classify(site, site_lists(*own))
    said = (
        _like(found) if found.is_misspelt else _SITES[found.kind].format(found.intimate.label if found.intimate else "")
    )
    facts = {
        "words": site,
        "list": found.kind.value,
        "intimate_site": found.intimate,
        "is_misspelt": found.is_misspelt,
        "has_practices_own": policy is not None,
    }
    return Page("site", (("site", f"{site} {said}"),), facts)


def _like(found: BodySite) -> str:
    label = found.intimate.label if found.intimate else ""
    return f"is like a word for {label}: somebody who sees the photo says whether it is intimate."


def _setting(key: str, policy: Policy | None) -> Page:
    words = WORDS[key]
    value = [] if policy is None else [("here", shown(policy, key))]
    facts = {"key": key, "what": words.says, "here": None if policy is None else shown(policy, key)}
    return Page(key, (("what", words.says.replace("`", "")), *value), facts)
