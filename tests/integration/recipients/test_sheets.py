from __future__ import annotations

import re
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import Problem, Severity
from dispatcher.recipients.merging import merge
from dispatcher.recipients.reading import SheetReading, read_audience, read_audiences
from dispatcher.words import message
from tests.faulty_sheets import COMMISSIONERS, COURIERS, FAULTS, PLANTED, REPOSITORY, SAMPLES, Fault, plant

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

NINE = {"Ahmedabad", "Bengaluru", "Cochin", "Chennai", "Delhi", "Hyderabad", "Kolkata", "Mumbai", "Jaipur"}


@pytest.fixture(scope="module")
def samples() -> dict[str, SheetReading]:
    """Return what the committed sample sheets hold, by audience."""
    return {one.audience: one for one in read_audiences(SAMPLES, root=REPOSITORY)}


def _keys(problems: tuple[Problem, ...]) -> Counter[tuple[str, int, str | None]]:
    return Counter((one.code, one.source.row or 0, one.source.column) for one in problems)


def test_sample_sheets_are_clean(samples: dict[str, SheetReading]) -> None:
    """The committed sheets give notes and nothing heavier."""
    heavier = [
        one for reading in samples.values() for one in reading.problems if one.severity is not Severity.NOTE
    ]

    assert [] == heavier


@pytest.mark.parametrize(
    ("name", "addresses"),
    [("commissioners", 10), ("eici", 2), ("couriers", 5), ("custodians", 10), ("cms", 2), ("copy", 2)],
)
def test_sample_sheets_hold_all_offices(samples: dict[str, SheetReading], name: str, addresses: int) -> None:
    """Each audience of the office's sheets is there with its number of addresses."""
    assert addresses == len(samples[name].entries)


def test_every_terminal_has_its_commissioner(samples: dict[str, SheetReading]) -> None:
    """Nine terminals have one primary commissioner each; custodians stand at all of them but Jaipur."""
    commissioners = [e.roles[0] for e in samples["commissioners"].entries if e.roles[0].primary]
    custodians = {place for entry in samples["custodians"].entries for place in entry.places}

    assert len(NINE) == len(commissioners)
    assert {place for role in commissioners for place in role.places} == NINE
    assert {"Jaipur"} == NINE - custodians


def test_sample_roles_are_bilingual(samples: dict[str, SheetReading]) -> None:
    """A designation from two columns stands in each language; a part and a source stand on every role."""
    copy = samples["copy"].entries[1].roles[0]

    assert copy.designation == {"hi": "प्रधान अपर महानिदेशक (डीसीसीएस)", "en": "Pr. ADG (DCCS)"}
    assert copy.organisation["hi"] == "प्रणाली एवं डेटा प्रबंधन महानिदेशालय"
    assert ("recipients/cms.xlsx", "Copy for information", 4, "F") == (
        copy.source.file,
        copy.source.sheet,
        copy.source.row,
        copy.source.column,
    )
    assert copy.part == "copy"


def test_alternates_of_the_sample_are_not_primary(samples: dict[str, SheetReading]) -> None:
    """EICI and CMS have exactly one primary address; alt rows and Cc are not."""
    primaries = {
        name: [entry.address for entry in samples[name].entries if entry.roles[0].primary]
        for name in ("eici", "cms")
    }

    assert primaries == {"eici": ["secretariat@eici.example"], "cms": ["eccs-web@cms.example"]}


def test_sample_address_in_hindi_goes_to_its_ascii_alternate(samples: dict[str, SheetReading]) -> None:
    """An address in Devanagari with an ASCII alternate is one recipient at the alternate, and noted."""
    beta = next(entry for entry in samples["couriers"].entries if "Ahmedabad" in entry.places)
    noted = [one for one in samples["couriers"].problems if one.code == "address_alternate_used"]

    assert ("nodal@beta-couriers.example", False) == (beta.address, beta.needs_smtputf8)
    assert ["नोडल@बीटा.example"] == [one.value for one in noted]


def test_sample_address_in_hindi_without_alternate_needs_smtputf8(tmp_path: Path) -> None:
    """Without the alternate the address itself is kept, in U-labels, with a warning."""
    without = Fault("no alternate", COURIERS, _clear_d4, "", 0, None)
    plant([without], tmp_path)

    reading = read_audience(without.audience, root=tmp_path)

    warned = [one for one in reading.problems if one.severity is Severity.WARNING]
    assert [("address_needs_smtputf8", 4, "C")] == [(p.code, p.source.row, p.source.column) for p in warned]
    assert [("नोडल@बीटा.example", True)] == [
        (entry.address, entry.needs_smtputf8) for entry in reading.entries if entry.needs_smtputf8
    ]


def _clear_d4(sheet: Worksheet) -> None:
    sheet["D4"] = None


def test_sample_addresses_merge_into_one_recipient_each(samples: dict[str, SheetReading]) -> None:
    """Alpha's address at Mumbai and Bengaluru is one recipient with two places; each merge is a note."""
    recipients, notes = merge(list(samples.values()), order=[one.name for one in SAMPLES])
    alpha = next(one for one in recipients if one.address == "terminal@alpha-express.example")

    assert 29 == len(recipients)
    assert ("Mumbai", "Bengaluru") == alpha.places
    assert ["duplicate_merged"] * 2 == [one.code for one in notes]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_fault_is_one_problem(fault: Fault, samples: dict[str, SheetReading], tmp_path: Path) -> None:
    """A planted fault gives just its own problem at its own cell; mended, just that one goes away."""
    plant([fault], tmp_path)

    faulty = _keys(read_audience(fault.audience, root=tmp_path).problems)

    clean = _keys(samples[fault.audience.name].problems)
    assert {(fault.code, fault.row, fault.column): 1} == dict(faulty - clean)
    assert {} == dict(clean - faulty)


@pytest.mark.parametrize("mended", PLANTED, ids=lambda fault: fault.name)
def test_mending_one_of_many_faults(mended: Fault, tmp_path: Path) -> None:
    """Where a sheet has all faults at once, mending one cell makes just its problem go away."""
    plant(PLANTED, tmp_path)
    before = _keys(read_audience(mended.audience, root=tmp_path).problems)
    plant([fault for fault in PLANTED if fault is not mended], tmp_path)

    after = _keys(read_audience(mended.audience, root=tmp_path).problems)

    assert {(mended.code, mended.row, mended.column): 1} == dict(before - after)
    assert {} == dict(after - before)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_faults_are_told_in_both_languages(fault: Fault, tmp_path: Path) -> None:
    """The sentences of a problem can be filled from the problem alone."""
    plant([fault], tmp_path)

    told = [message(one) for one in read_audience(fault.audience, root=tmp_path).problems]

    assert all(set(one) == {"hi", "en"} and "{" not in one["hi"] + one["en"] for one in told)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vacant", set()),
        ("struck whole", set()),
        ("struck in part", {"commr-cochin-ict@customs.example"}),
        ("other link", {"commr-cochin-ict@customs.example"}),
        ("written out", {"commr-jaipur-ict@customs.example", "commr-cochin-ict@customs.example"}),
    ],
)
def test_what_a_fault_leaves(name: str, expected: set[str], tmp_path: Path) -> None:
    """A vacant post and a struck address get nothing; a struck piece, a link and [at] touch just their cell."""
    fault = next(one for one in FAULTS if one.name == name)
    plant([fault], tmp_path)
    usual = {"commr-cochin-ict@customs.example", "commr-jaipur-ict@customs.example"}

    addresses = {entry.address for entry in read_audience(fault.audience, root=tmp_path).entries}

    assert expected <= addresses & usual
    assert ("commr-cochin-ict@customs.example" in addresses) == bool(expected)


def test_a_merged_place_reaches_its_own_rows_only(tmp_path: Path) -> None:
    """A place merged over two rows fills both; a place that is merely blank fills from nowhere."""
    merged, blank = (next(one for one in FAULTS if one.name == name) for name in ("merged places", "no place"))
    plant([merged], tmp_path)
    filled = read_audience(merged.audience, root=tmp_path).entries[3].places
    plant([blank], tmp_path)

    unfilled = read_audience(blank.audience, root=tmp_path).entries[3].places

    assert (("Delhi",), ()) == (filled, unfilled)


def test_a_stored_empty_result_is_no_fault(tmp_path: Path) -> None:
    """A formula whose stored result is an empty text was calculated: nothing is said."""
    formula = Fault("formula", COMMISSIONERS, _formula_in_phone, "formula_without_value", 4, "F")
    plant([formula], tmp_path)
    before = read_audience(formula.audience, root=tmp_path).problems
    _store_empty_result(tmp_path / "recipients" / "commissioners.xlsx", "F4")

    after = read_audience(formula.audience, root=tmp_path).problems

    assert {("formula_without_value", 4, "F"): 1} == dict(_keys(before) - _keys(after))


def _formula_in_phone(sheet: Worksheet) -> None:
    sheet["F4"] = '=IF(A4="","","")'


def _store_empty_result(path: Path, cell: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    tab = "xl/worksheets/sheet1.xml"
    pattern = rb'<c r="%s"([^>]*)>(<f>.*?</f>)<v(?: ?/>|></v>)' % cell.encode()
    parts[tab], count = re.subn(pattern, rb'<c r="%s"\1 t="str">\2<v></v>' % cell.encode(), parts[tab])
    assert 1 == count
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
