"""Input: what a file holds behind a document, and whether it is nothing but a signature and what keeps it.

pyHanko compares each update with what was there before (its difference analysis). It takes for granted that the
document has a form; ours gets its first one with the signature.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import map_with_return
from pyhanko.pdf_utils.reader import PdfFileReader, RawPdfPath
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    CatalogModificationRule,
    DiffResult,
    FormUpdate,
    FormUpdatingRule,
    ModificationLevel,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.commons import compare_key_refs
from pyhanko.sign.diff_analysis.constants import ROOT_EXEMPT_STRICT_COMPARISON
from pyhanko.sign.diff_analysis.form_rules_api import FieldComparisonContext, FieldComparisonSpec
from pyhanko.sign.diff_analysis.rules_api import Context, ReferenceUpdate, WhitelistRule
from pyhanko.sign.fields import enumerate_sig_fields

from dispatcher.advisories.places import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyhanko.pdf_utils.reader import HistoricalResolver

    Update = tuple[ModificationLevel, FormUpdate]

_FORM_KEYS = {"/Type", "/Fields", "/SigFlags", "/DR", "/DA"}
_A4 = 595.28 * 841.89
"""In square points."""


def only_signature(reader: PdfFileReader, document: bytes) -> bool:
    """Tell whether the updates behind `document`, with which the file begins, bring only signatures.

    That it begins with it is not enough: the tables of objects behind it could pass it over.
    """
    own = PdfFileReader(BytesIO(document)).xrefs
    revisions = range(own.total_revisions)
    if reader.xrefs.total_revisions <= len(revisions) or any(
        reader.xrefs.get_startxref_for_revision(one) != own.get_startxref_for_revision(one) for one in revisions
    ):
        return False
    result = _SIGNING.review_file(reader, revisions[-1])
    if not isinstance(result, DiffResult) or result.modification_level > ModificationLevel.FORM_FILLING:
        return False
    permissions: Iterable[str] = reader.root.get("/Perms", ())
    return set(permissions) <= {"/DocMDP"}  # a signature may certify; usage rights are another thing


def share_of_page(reader: PdfFileReader) -> float:
    """Return what part of a page, A4, the signatures that are to be seen take in all."""
    return sum(_share(field) for _, _, field in enumerate_sig_fields(reader))


def pictures(reader: PdfFileReader) -> tuple[Box, ...]:
    """Return where something of a signature is to be seen, in the order of the pages."""
    found = []
    for page in range(1, int(reader.root["/Pages"]["/Count"]) + 1):
        found += list(_on_page(reader, page))
    return tuple(found)


def _on_page(reader: PdfFileReader, number: int) -> Iterator[Box]:
    reference, _ = reader.find_page_for_modification(number - 1)  # type: ignore[no-untyped-call] # as it is
    page = reference.get_object()
    for one in page.get("/Annots", ()):
        shown = one.get_object()
        if shown.get("/Subtype") == "/Widget":
            left, bottom, right, top = (float(side) for side in shown["/Rect"])
            sides = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
            if sides[0] < sides[2] and sides[1] < sides[3]:
                yield Box(number, *sides)


def _share(field: Any) -> float:
    """Return what part a field takes with all its widgets."""
    shown = field.get_object()
    share = 0.0
    if "/Rect" in shown:
        left, bottom, right, top = (float(side) for side in shown["/Rect"])
        share = abs(right - left) * abs(top - bottom) / _A4
    return share + sum(_share(kid) for kid in shown.get("/Kids", ()))


class _PermissionsRule(WhitelistRule):
    """Lets a signature certify: /Perms names it in the catalogue."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        place = Context.from_absolute(old, RawPdfPath("/Root", "/Perms"))
        updated = compare_key_refs("/Perms", old, old.root, new.root)
        yield from map_with_return(updated, ReferenceUpdate.curry_ref(context_checked=place))


class _FirstFormRule(FormUpdatingRule):
    """Judges the form that comes with the first signature; any later update as pyHanko does."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[Update]:
        if "/AcroForm" in old.root:
            yield from super().apply(old, new)
        elif "/AcroForm" in new.root:
            yield from self._first(old, new)

    def _first(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[Update]:
        """Let a form hold signature fields and what shows them, and nothing else."""
        form = new.root["/AcroForm"]
        if not isinstance(form, generic.DictionaryObject) or not set(form) <= _FORM_KEYS:
            raise SuspiciousModification("the new form holds more than signatures")
        yield from _new(new.root.raw_get("/AcroForm"), old)
        yield from _new(form.raw_get("/Fields"), old)
        if "/DR" in form:
            for reference in new.collect_dependencies(form.raw_get("/DR"), since_revision=old.revision + 1):
                yield ModificationLevel.FORM_FILLING, FormUpdate(reference)
        specs = dict(_fields(form["/Fields"]))
        for rule in self.field_rules:
            yield from rule.apply(FieldComparisonContext(field_specs=specs, old=old, new=new))


def _new(value: Any, old: HistoricalResolver) -> Iterator[Update]:
    """Yield the object that `value` refers to, if it does; it must be a new one."""
    if isinstance(value, generic.IndirectObject):
        if not old.is_ref_unassignable(value.reference):
            raise SuspiciousModification("the new form takes the place of something else")
        yield ModificationLevel.LTA_UPDATES, FormUpdate(value.reference)


def _fields(listed: Any) -> Iterator[tuple[str, FieldComparisonSpec]]:
    """Yield the fields of a first form by name. Raises SuspiciousModification where one is no plain new field."""
    names: set[str] = set()
    for entry in listed:
        field = entry.get_object()
        name = field.get("/T") if isinstance(field, generic.DictionaryObject) else None
        if not isinstance(entry, generic.IndirectObject) or not isinstance(name, str) or name in names:
            raise SuspiciousModification("a field of the new form has no name of its own")
        names.add(name)
        yield (
            name,
            FieldComparisonSpec(
                field_type=field.get("/FT", ""),
                old_field_ref=None,
                new_field_ref=entry.reference,
                old_canonical_path=None,
            ),
        )


_SIGNING = StandardDiffPolicy(
    [
        CatalogModificationRule(ROOT_EXEMPT_STRICT_COMPARISON | {"/Perms"}),  # type: ignore[no-untyped-call] # so it is
        _PermissionsRule().as_qualified(ModificationLevel.LTA_UPDATES),
        *DEFAULT_DIFF_POLICY.global_rules[1:],
    ],
    _FirstFormRule(DEFAULT_DIFF_POLICY.form_rule.field_rules if DEFAULT_DIFF_POLICY.form_rule else []),
)
