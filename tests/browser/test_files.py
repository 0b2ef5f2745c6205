"""Files from pages, as people get them: pressed, downloaded, opened, and held against their manifests; also without JavaScript."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Locator, Page

from .conftest import OpenPage, Site
from .people import look_at, one_person, own_view


def downloaded(page: Page, what: Locator, folder: Path) -> tuple[str, bytes, dict[str, Any]]:
    """(name, file, manifest) of the ZIP that comes when something is pressed."""
    with page.expect_download() as download:
        what.click()
    assert download.value.suggested_filename.endswith(".zip")
    download.value.save_as(folder / "file.zip")
    with zipfile.ZipFile(folder / "file.zip") as archive:
        name, manifest_name = archive.namelist()
        data, manifest = archive.read(name), json.loads(archive.read(manifest_name))
    (file,) = manifest["files"]
    assert (file["name"], file["sha256"]) == (name, hashlib.sha256(data).hexdigest())
    return name, data, manifest


def offered(page: Page, name: str, form: str) -> Locator:
    """The link of a register in a format."""
    return page.locator(f"section.files a[href^='/v1/exports/{name}?'][href*='format={form}']")


FILES = [
    ("/sharing", "recipients"), ("/sharing", "transfers"), ("/deletion", "retention"), ("/requests?only=all", "requests"), ("/breaches", "breaches"),
    ("/violations", "violations"), ("/register?controller=hostinghuis", "processing"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name"), FILES, ids=[each[1] for each in FILES])
def test_a_register_comes_from_its_page_as_a_table_to_open(open_page: OpenPage, path: str, name: str, tmp_path: Path) -> None:
    page = open_page(path, language="en", javascript=False)

    file, data, manifest = downloaded(page, offered(page, name, "csv"), tmp_path)

    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert rows and (manifest["register"], manifest["ledger"]) == (name, "simulated") and file.endswith(".csv")
    assert manifest["files"][0]["counts"].get("rows", len(rows)) == len(rows)


def test_everybody_whom_a_breach_concerns_comes_as_parquet(open_page: OpenPage, site: Site, tmp_path: Path) -> None:
    page = open_page("/breaches")

    _, data, _ = downloaded(page, offered(page, "breach-people", "parquet"), tmp_path)

    rows = pq.read_table(pa.BufferReader(data)).to_pylist()
    asked = site.json("report", "breaches", "--list", "--limit", "1000")["breaches"]
    assert sorted((each["breach_ref"], each["subject_ref"]) for each in rows) == sorted(
        (breach["breach_ref"], each["subject_ref"]) for breach in asked for each in breach["subjects"]
    )
    assert len(rows) == sum(breach["affected"] for breach in asked) > 0


def test_the_file_is_of_the_organisation_and_the_day_that_the_page_was_asked(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page("/sharing")
    page.select_option("main select[name=controller]", "hostinghuis")
    page.fill("main input[name=on]", "2020-01-31")
    page.click("#asked-show")
    page.wait_for_url("**on=2020-01-31**")
    page.wait_for_selector("section.files a[href*='on=2020-01-31']")

    _, data, manifest = downloaded(page, offered(page, "recipients", "ndjson"), tmp_path)

    assert {json.loads(line)["controller"] for line in data.decode().splitlines()} == {"hostinghuis"}
    assert (manifest["asked"]["controller"], manifest["asked"]["on"][:10]) == ("hostinghuis", "2020-01-31")


def test_a_manager_gets_numbers_and_nothing_about_persons(open_page: OpenPage) -> None:
    page = open_page("/breaches", role="manager")

    assert offered(page, "breaches", "csv").count() == 1
    assert offered(page, "breach-people", "csv").count() == 0


@pytest.mark.parametrize("javascript", [True, False])
def test_an_officer_gets_what_a_person_asks_for_and_each_file_is_a_look_of_its_own(
    open_page: OpenPage, site: Site, javascript: bool, tmp_path: Path
) -> None:
    controller, subject_ref = one_person(site)
    page = open_page("/subject", language="en", javascript=javascript)
    look_at(page, controller, subject_ref)
    site.ledger("wait", "--timeout", "60")
    look_ups = ("report", "look-ups", "--subject", subject_ref, "--controller", controller)
    told, addresses = len(site.json(*look_ups)["look_ups"]), list[str]()
    page.on("request", lambda request: addresses.append(request.url))

    def of_person(name: str, form: str) -> tuple[str, bytes, dict[str, Any]]:
        return downloaded(page, page.locator(f"form:has(input[name=name][value={name}]) button[value={form}]"), tmp_path)

    name, paper, manifest = of_person("access", "pdf")
    assert paper.startswith(b"%PDF-") and name == f"access-{controller}.en.pdf" and manifest["asked"]["subject_ref"] == subject_ref
    _, portable, manifest = of_person("portable", "json")
    assert json.loads(portable)["subject_ref"] == subject_ref and manifest["register"] == "portable"

    assert addresses and not [each for each in addresses if subject_ref in each]
    site.ledger("wait", "--timeout", "60")
    assert len(site.json(*look_ups)["look_ups"]) == told + 2


def test_people_get_all_of_art_15_and_what_they_may_take_along_with_manifests(open_page: OpenPage, site: Site, tmp_path: Path) -> None:
    controller, subject_ref = one_person(site)
    page = open_page("/my-data", role="subject", options=own_view(site), javascript=False)

    for name, form in (("access", "html"), ("access", "json"), ("portable", "json"), ("look-ups", "csv")):
        link = page.locator(f"#files a[href='/my-data/report?name={name}&format={form}']")
        file, data, manifest = downloaded(page, link, tmp_path)
        assert manifest["asked"]["subject_ref"] == subject_ref and subject_ref not in file and data
        assert manifest["register"] == name and manifest["format"] == form

    with page.expect_download() as download:
        page.click("#files a[href$='format=pdf&plain=true']")
    assert download.value.suggested_filename == f"access-{controller}.nl.pdf"
    download.value.save_as(tmp_path / "paper.pdf")
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF-")
