"""Files of the law library: published versions stay as they are, and each kind of mistake is found with its line and field."""

import hashlib
import json
from importlib import resources

import pytest

from ledger.contract import vocabulary
from ledger.core.law import law_from
from ledger.errors import CallerError
from ledger.law import library
from ledger.law.library import FILE_BYTES_MAX, LawFileError, compile_law, law_schema, law_versions, load_law
from ledger.marked_yaml import Finding

# Published versions by the SHA-256 of their file. Never correct a line here: correct the law in a new version (docs/law.md).
PUBLISHED = {
    "2026-11-21": "eb820e374ab73c8755246a3e9a9aca6b4d4538b4d15428ecdacf8f676455ba24",
}

GOOD = """\
law: nl-eu
version: 2027-01-01
title: Law
statutes:
  nl-awr-52:
    title: Tax records
    source: AWR Art. 52
    term: P7Y
    rounding: calendar_year_end
inside:
  eu-1958:
    title: Members
    source: TFEU Art. 52
    countries: [NL, BE]
  bridge:
    title: A bridge
    source: TCA
    countries: [GB]
    from: 2021-01-01
    until: 2021-06-28
adequacy:
  gb-2021:
    title: United Kingdom
    source: 2021/1772
    countries: [GB]
    from: 2021-06-28
safeguards:
  ledger:PrivacyShield:
    title: Privacy Shield
    source: 2016/1250
    kind: framework
    countries: [US]
    from: 2016-07-12
    until: 2020-07-16
clocks:
  gdpr-33:
    title: Breach
    source: GDPR Art. 33
    counted: real_time
    within: PT72H
  gdpr-34:
    title: Breach, to the person
    source: GDPR Art. 34
    counted: without_undue_delay
"""


def findings(text: str | bytes) -> tuple[Finding, ...]:
    with pytest.raises(LawFileError) as caught:
        compile_law(text.encode() if isinstance(text, str) else text, file="nl-eu-2027-01-01.yaml")
    return caught.value.findings


def test_a_published_version_is_never_edited() -> None:
    files = {version: (resources.files("ledger.law") / f"nl-eu-{version}.yaml").read_bytes() for version in law_versions()}

    assert {version: hashlib.sha256(text).hexdigest() for version, text in files.items()} == PUBLISHED


def test_every_version_compiles_and_is_read_by_the_core() -> None:
    assert law_versions()
    for version in law_versions():
        law = law_from(load_law(version))
        assert (law.name, law.version) == ("nl-eu", version)


def test_the_newest_version_is_taken_unless_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "law_versions", lambda: ("1999-01-01", "2026-11-21"))

    assert load_law()["version"] == "2026-11-21"


def test_an_unknown_version_is_misuse() -> None:
    with pytest.raises(CallerError, match="expected a version of the library") as caught:
        load_law("1970-01-01")

    assert "2026-11-21" in str(caught.value.hint)


def test_the_library_speaks_of_every_safeguard_that_an_event_can_name() -> None:
    assert set(load_law()["safeguards"]) == set(vocabulary.terms("safeguards"))


def test_every_statute_that_a_shipped_policy_cites_is_in_the_library() -> None:
    cited = set()
    for entry in resources.files("ledger.policies").iterdir():
        if entry.name.endswith(".yaml"):
            cited |= {line.split(":")[1].strip() for line in entry.read_text("utf-8").splitlines() if line.strip().startswith("statute:")}

    assert cited
    assert cited <= set(load_law()["statutes"])


def test_the_compiled_law_is_small_enough_to_travel_with_every_policy() -> None:
    assert len(json.dumps(load_law(), ensure_ascii=False).encode()) < 64 * 1024


def test_equal_law_compiles_to_equal_data_in_the_same_order() -> None:
    head, statutes, rest = GOOD.partition("statutes:\n")
    inside = rest.index("inside:\n")
    turned = head + rest[inside:] + statutes + rest[:inside]
    one = compile_law(GOOD.encode(), file="nl-eu-2027-01-01.yaml")
    other = compile_law(turned.replace("[NL, BE]", "[BE, NL]").encode(), file="nl-eu-2027-01-01.yaml")

    assert turned != GOOD
    assert json.dumps(one) == json.dumps(other)
    assert one["inside"]["eu-1958"]["countries"] == ["BE", "NL"]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "says"),
    [
        # shape
        ("title: Law\n", "", 1, "title", "missing field"),
        ("title: Law", "title: Law\nclokcs: {}", 4, "clokcs", "did you mean clocks"),
        ("    source: AWR Art. 52\n", "", 5, "statutes.nl-awr-52.source", "missing field"),
        ("source: AWR Art. 52", "source: https://example.org", 7, "statutes.nl-awr-52.source", "not in the expected form"),
        ("    term: P7Y", "    trem: P7Y", 8, "statutes.nl-awr-52.trem", "did you mean term"),
        ("  nl-awr-52:", "  NL AWR 52:", 5, "statutes.NL AWR 52", "not in the expected form"),
        ("[NL, BE]", "[NL, Belgium]", 14, "inside.eu-1958.countries[1]", "not in the expected form"),
        ("[NL, BE]", "[NL, NL]", 14, "inside.eu-1958.countries", "once"),
        ("[NL, BE]", "[]", 14, "inside.eu-1958.countries", "at least one"),
        ("rounding: calendar_year_end", "rounding: week", 9, "statutes.nl-awr-52.rounding", "expected one of"),
        ("kind: framework", "kind: framwork", 31, "safeguards.ledger:PrivacyShield.kind", "did you mean framework"),
        # days and durations
        ("version: 2027-01-01", "version: 2027-01-02", 2, "version", "name of the file"),
        ("law: nl-eu", "law: de-eu", 2, "version", "name of the file"),
        ("version: 2027-01-01", "version: 2027-02-30", 2, "version", "not a day of the calendar"),
        ("until: 2020-07-16", "until: 2020-02-30", 34, "safeguards.ledger:PrivacyShield.until", "not a day of the calendar"),
        ("from: 2016-07-12", "from: 12 July 2016", 33, "safeguards.ledger:PrivacyShield.from", "YYYY-MM-DD"),
        ("until: 2020-07-16", "until: 2016-07-12", 34, "safeguards.ledger:PrivacyShield.until", "not after from"),
        ("    term: P7Y\n", "    term: P7Y\n    follows: nl-awr-25\n", 9, "statutes.nl-awr-52.follows", "did you mean nl-awr-52"),
        ("    term: P7Y\n", "    term: P7Y\n    follows: nl-awr-52\n", 9, "statutes.nl-awr-52.follows", "not over when"),
        ("term: P7Y", "term: PT7Y", 8, "statutes.nl-awr-52.term", "not a duration"),
        ("within: PT72H", "within: PT72X", 40, "clocks.gdpr-33.within", "not a duration"),
        # what each section means
        ("ledger:PrivacyShield:", "ledger:PrivacyShild:", 28, "safeguards.ledger:PrivacyShild", "did you mean ledger:PrivacyShield"),
        ("    countries: [US]\n", "", 28, "safeguards.ledger:PrivacyShield.countries", "missing field"),
        ("    within: PT72H\n", "", 36, "clocks.gdpr-33.within", "missing field"),
        ("counted: without_undue_delay", "counted: without_undue_delay\n    within: P1M", 44, "clocks.gdpr-34.counted", "without a number"),
        ("[NL, BE]", "[NL, GB]", 18, "inside.bridge.countries[0]", "said again for the same days"),
        # not the language at all
        ("title: Law", "title: Law\ntitle: Law", 4, "title", "once"),
        ("title: Law", "title: [", 5, "", "expected YAML"),
    ],
)
def test_each_mistake_is_found_where_it_is(old: str, new: str, line: int, field: str, says: str) -> None:
    assert GOOD.count(old) == 1
    found = findings(GOOD.replace(old, new))

    assert any(
        (finding.line, finding.field) == (line, field) and says in f"{finding.message} {finding.hint}" for finding in found
    ), [str(finding) for finding in found]
    assert len(found) == 1


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    wrong = GOOD
    for old, new in (("term: P7Y", "term: P7"), ("kind: framework", "kind: x"), ("within: PT72H", "within: PT72"), ("NL, BE", "nl, BE")):
        wrong = wrong.replace(old, new)
    lines = [finding.line for finding in findings(wrong)]

    assert lines == sorted(lines)
    assert set(lines) == {wrong[: wrong.index(text)].count("\n") + 1 for text in ("term: P7", "nl, BE", "kind: x", "within: PT72")}


@pytest.mark.parametrize(
    "text",
    ["", "law", "- law", "statutes: {nl-awr-52: P7Y}", "inside: {eu: {countries: {NL: 1}}}", "clocks: [x]", "version: [2027-01-01]\nlaw: {}",
     "inside: {eu: {countries: [{NL: BE}]}}", "statutes: {nl: {term: [P7Y]}}", b"\xff", b"x" * (FILE_BYTES_MAX + 1)],
)  # fmt: skip
def test_what_is_no_law_library_is_reported_not_raised_through(text: str | bytes) -> None:
    assert findings(text)


def test_days_that_touch_do_not_overlap() -> None:
    touching = GOOD.replace("  bridge:", "  member:\n    title: M\n    source: S\n    countries: [GB]\n    until: 2021-01-01\n  bridge:")

    assert set(compile_law(touching.encode(), file="nl-eu-2027-01-01.yaml")["inside"]) == {"bridge", "eu-1958", "member"}


@pytest.mark.parametrize(("until", "first", "fits"), [
    ("2030-01-01", "2030-01-01", True), ("2029-01-01", "2030-01-01", True), ("2030-01-02", "2030-01-01", False), (None, "2030-01-01", False),
    ("2030-01-01", None, False),
])  # fmt: skip
def test_a_statute_takes_the_place_of_one_that_is_over(until: str | None, first: str | None, fits: bool) -> None:
    new = "  nl-awr-52-2030:\n    title: T\n    source: S\n    term: P5Y\n    follows: nl-awr-52\n" + (f"    from: {first}\n" if first else "")
    text = GOOD.replace("inside:\n", new + "inside:\n").replace("    term: P7Y\n", "    term: P7Y\n" + (f"    until: {until}\n" if until else ""))

    if fits:
        assert law_from(compile_law(text.encode(), file="nl-eu-2027-01-01.yaml")).statutes["nl-awr-52-2030"].follows == "nl-awr-52"
    else:
        assert [(finding.field, finding.message) for finding in findings(text)] == [
            ("statutes.nl-awr-52-2030.follows", "not over when this one begins")
        ]


def test_the_schema_explains_every_field() -> None:
    def unexplained(schema: dict[str, object], path: str = "") -> list[str]:
        missing = []
        for name, body in dict(schema.get("properties", {})).items():  # type: ignore[call-overload]
            if "description" not in body and "$ref" not in body:
                missing.append(f"{path}/{name}")
            missing += unexplained(body, f"{path}/{name}") + unexplained(body.get("additionalProperties", {}), f"{path}/{name}")
        return missing

    texts = {name: body for name, body in law_schema()["$defs"].items() if body.get("type", "string") == "string"}

    assert unexplained(law_schema()) == []
    assert [name for name, body in texts.items() if "description" not in body] == []
