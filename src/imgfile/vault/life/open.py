"""A record as it is now, open to a person: its facts as filed, all that was added, and what of it holds."""

from __future__ import annotations

from collections.abc import Sequence

from imgfile.clinical.consent import SignedForm
from imgfile.clinical.record import additions as contents
from imgfile.clinical.record.additions import AdditionPlace, Amendment, ConsentDocument, Content
from imgfile.clinical.record.current import Dispute, Known, amended
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import IntimateSite, Sensitivity
from imgfile.errors import Damaged, damage_in
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import BY_A_CLINICIAN, Addition, AdditionKind, Effect
from imgfile.vault.life.contents import open_addition
from imgfile.vault.life.history import History
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.records.open import Opened, open_facts, open_form


@dataclass(frozen=True, slots=True)
class Added:
    """One addition, open."""

    stated: Addition
    content: Content = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A record, open, as it is now."""

    filed: Opened
    """As it was filed."""
    facts: Record = field(repr=False)
    """As it is now."""
    history: History
    added: tuple[Added, ...] = field(repr=False)
    disputes: tuple[Dispute, ...] = ()
    filed_form: SignedForm | None = field(default=None, repr=False)
    """The signed form that the photo was filed with; None where there was none, or it lies elsewhere."""
    wordless: tuple[Addition, ...] = ()
    """Additions that hold, and whose words were lost in a restore: an administrator accepted that."""

    @property
    def agreed_at_filing(self) -> ConsentDocument | None:
        """What the form that the photo was filed with agrees to beyond care; None where there is no such agreement."""
        form, consent = self.filed_form, self.filed.facts.consent
        if form is None or not consent.covers:
            return None
        return ConsentDocument(
            scope=consent.covers,
            giver=consent.giver,
            form=consent.form,
            obtained_by=consent.obtained_by,
            obtained_at=consent.obtained_at,
            media_type=form.media_type,
            digest=form.digest,
            outlet=consent.outlet,
            is_anonymised=not consent.is_recognisable,
            document=form.data,
        )

    @property
    def agreed(self) -> tuple[ConsentDocument, ...]:
        """The agreements to uses beyond care, at filing and since, as far as nobody withdrew since.

        Of two at once the withdrawal counts.
        """
        stops = self.history.of_kind(AdditionKind.USE_STOPPED)
        at_filing = self.agreed_at_filing
        return (*((at_filing,) if at_filing and not stops else ()), *self._agreed_later(stops))

    def _agreed_later(self, stops: Sequence[Addition]) -> tuple[ConsentDocument, ...]:
        return tuple(
            each.content.said
            for each in self.added
            if isinstance(each.content.said, ConsentDocument)
            and all(self.history.knew_of(each.stated, stop) for stop in stops)
        )

    @property
    def manifest(self) -> Manifest:
        """The record's manifest."""
        return self.filed.manifest


def open_record(vault: Vault, of: Manifest, practice: PracticeKeys) -> OpenedRecord:
    """Open a record and all that was added to it. Raises `RefusedByRule` for one that is gone, `Damaged`.

    Whatever was added and is not there, or does not open, keeps the record closed: nobody could know what holds of it;
    unless an administrator accepted its loss by name.
    """
    with damage_in(of.reference):
        try:
            return _opened_record(vault, of, practice)
        except Damaged:  # another computer may have ended it in that very moment: its keys are gone then, not damaged
            life.load(vault, of).expect_here()
            raise


def _opened_record(vault: Vault, of: Manifest, practice: PracticeKeys) -> OpenedRecord:
    history = life.load(vault, of)
    history.expect_here()
    history.expect_whole()
    filed = open_facts(vault, of, practice)
    wordless = tuple(each for each in history.additions if is_wordless(vault, each))
    added = tuple(Added(each, _opened(vault, each, practice)) for each in history.additions if each not in wordless)
    now = amended(
        filed.facts,
        _known(history, added),
        is_intimate=Effect.INTIMATE in history.effects,
        is_disputed=_is_disputed(history),
    )
    form = _filed_form(vault, filed, practice)
    return OpenedRecord(filed, now.facts, history, added, now.disputes, form, wordless)


def _filed_form(vault: Vault, filed: Opened, practice: PracticeKeys) -> SignedForm | None:
    """Open the form that a photo was filed with, and see that it is the one its consent names. Raises `Damaged`."""
    if layout.FORM not in filed.facts.siblings:
        return None
    from imgfile.images.form_type import form_type  # noqa: PLC0415 - few photos are filed with a form

    data, stated = open_form(vault, filed, practice), filed.facts.siblings[layout.FORM].digest
    if (kind := form_type(data)) and stated == filed.facts.consent.document:
        return SignedForm(stated, kind, data)
    name = f"{layout.record(filed.manifest.folder, filed.manifest.record)}/{layout.FORM}"
    raise Damaged(f"{name} is not the form that the consent names.", "Use the record no more:  imgfile verify")


def is_wordless(vault: Vault, of: Addition) -> bool:
    """Return whether what an addition says was lost in a restore, and an administrator accepted that."""
    return of.sealed.digest in vault.roster.accepted and not has_words(vault, of)


def has_words(vault: Vault, of: Addition) -> bool:
    """Return whether what an addition says is there, with its key."""
    names = (layout.addition_object(of.folder, of.record, of.thing), layout.thing_key(of.folder, of.thing))
    return all(map(vault.store.exists, names))


def _opened(vault: Vault, of: Addition, practice: PracticeKeys) -> Content:
    content = contents.load(open_addition(vault, of, practice))
    here = AdditionPlace(vault=vault.id, pid=of.folder, record=of.record, addition=of.thing)
    if content.place != here or content.said.kind != of.kind.value:
        name = layout.addition_object(of.folder, of.record, of.thing)
        raise Damaged(f"{name} says what belongs elsewhere.", "Use the record no more:  imgfile verify")
    if isinstance(content.said, Amendment) and not _is_allowed(of, content.said):
        name = layout.addition_object(of.folder, of.record, of.thing)
        raise Damaged(f"{name} says more than its note states.", "Use the record no more:  imgfile verify")
    return content


def _is_allowed(of: Addition, said: Amendment) -> bool:
    """Return whether an amendment says what its note states, and whoever signed it may say."""
    if not of.signer.has_one_of(BY_A_CLINICIAN):
        return _only_marks(said)
    if ("born" in said.changes.get("patient", {})) != bool(of.birth_guard):
        return False
    decision = said.changes.get("decision", {})
    if "intimate_site" not in decision:
        return True
    return (Effect.ORDINARY if decision["intimate_site"] is None else Effect.INTIMATE) in of.effects


def _only_marks(said: Amendment) -> bool:
    """Return whether an amendment says nothing but that the photo is intimate: what no clinician need sign."""
    marks: dict[str, frozenset[str]] = {
        "sensitivity": frozenset({Sensitivity.INTIMATE}),
        "intimate_site": frozenset(IntimateSite),
    }
    return (
        set(said.changes) == {"decision"}
        and not said.provenance
        and all(
            isinstance(value, str) and value in marks.get(key, ()) for key, value in said.changes["decision"].items()
        )
    )


def _is_disputed(history: History) -> bool:
    """Return whether somebody said that it is not intimate, unknown to who says that it is, and the other way round."""
    denied = [each for each in history.additions if Effect.ORDINARY in each.effects]
    return any(not history.knew_of(mark, each) for mark in history.standing(Effect.INTIMATE) for each in denied)


def _known(history: History, added: tuple[Added, ...]) -> list[Known]:
    """Return the amendments that clinicians signed; of another one holds what its note states, and no more."""
    amendments = [
        (each.stated, each.content.said)
        for each in added
        if each.stated.kind is AdditionKind.AMENDMENT and each.stated.signer.has_one_of(BY_A_CLINICIAN)
    ]
    known = []
    for stated, said in amendments:
        assert isinstance(said, Amendment)  # noqa: S101 - its kind was compared when it was opened
        known.append(
            Known(said, frozenset(at for at, (other, _) in enumerate(amendments) if history.knew_of(stated, other)))
        )
    return known
