"""Which files a page offers: what access.EXPORTS gives the role, all of it on some page that the role may open, and no person in an address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from ledger.exporting.documents import DOCUMENTS
from ledger.exporting.exporting import FORMS, formats, make
from ledger.exporting.registers import REGISTERS
from ledger.web.access import BY_KEY, EXPORTS
from ledger.web.exports import OF_A_PERSON
from ledger.web.pages.files import BESIDE, NAMES, beside, of_a_person
from ledger.web.pages.labels import words
from ledger.web.roles import Role
from tests.exported import CONTROLLER, asked, parameters_of

WHOSE = {"controller": CONTROLLER, "on": "2020-01-31", "after": "AAAA", "only": "open"}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_finds_every_file_that_it_may_have_on_a_page_that_it_may_open_and_no_other(role: Role) -> None:
    pages = [path for path in BESIDE if role in BY_KEY["GET", path].roles]
    found = {each.name for path in pages for each in beside(role, path, WHOSE, "nl")} | {each.name for each in of_a_person(role)}

    assert found == {name for name, allowed in EXPORTS.items() if role in allowed}


def test_every_file_has_all_its_formats_and_a_name_in_both_languages() -> None:
    offered = [each for path in BESIDE for each in beside(Role.DPO, path, WHOSE, "en")] + list(of_a_person(Role.DPO))

    assert {each.name: {form.value for form in each.forms} for each in offered} == {name: set(forms) for name, forms in formats().items()}
    assert all(words()[f"file_{each.name}"][language] for each in offered for language in ("nl", "en"))
    assert set(NAMES) == {*FORMS, *(each.format for each in DOCUMENTS)}


def test_what_is_offered_asks_for_the_organisation_and_the_day_of_the_page_and_can_be_made() -> None:
    registers = {each.name for each in REGISTERS}
    for each in (each for path in BESIDE for each in beside(Role.DPO, path, WHOSE, "en")):
        for form in each.forms:
            asked_for = {name: value for name, (value,) in parse_qs(urlsplit(form.address).query).items()}
            assert urlsplit(form.address).path == f"/v1/exports/{each.name}"
            assert asked_for.pop("labels", "") == ("true" if form.value == "csv" and each.name in registers else "")
            assert asked_for.pop("days", "") == ("366" if each.name == "due" else "")
            assert asked_for == {"controller": CONTROLLER, "on": "2020-01-31", "format": form.value, "language": "en"}
            assert make(asked(), each.name, parameters_of(each.name), form.value).name


def test_what_is_about_one_organisation_is_offered_once_one_is_chosen() -> None:
    assert beside(Role.DPO, "/register", {"controller": ""}, "nl") == ()
    assert [each.name for each in beside(Role.DPO, "/breaches", {}, "nl")] == ["breaches", "breach-people"]


def test_the_address_of_a_file_about_a_person_is_that_of_ones_own_and_names_nobody() -> None:
    addresses = [form.address for each in of_a_person(Role.SUBJECT) for form in each.forms]

    assert {urlsplit(each).path for each in addresses} == {"/my-data/report"}
    assert all(set(parse_qs(urlsplit(each).query)) == {"name", "format"} for each in addresses)
    assert {each.name for each in of_a_person(Role.SUBJECT)} == set(OF_A_PERSON)
