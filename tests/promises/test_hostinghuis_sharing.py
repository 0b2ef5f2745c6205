"""HostingHuis' promises on who gets data, in or out of the EU, and who is told, kept and broken under the statement of 4 April 2018."""

from __future__ import annotations

import pytest

from tests.promises.hostinghuis import told_of
from tests.promises.stories import Story, customer

HOSTER = "hostinghuis"
SALE = "dpv:SellDataToThirdParties"
GROUNDS = ("legal_obligation", "court_order", "police_demand", "government_demand", "pressing_reason")
NOTHING: set[tuple[str, str]] = set()


def test_hh_08_is_kept_by_a_registry_that_registers() -> None:
    story = told_of("sidn").on("2019-03-01").shares("sidn", "registry", ref="order-1", product="nl")
    story.on("2019-03-02").uses("dpv:ServiceRegistration", "pd:Name", by="sidn")

    assert story.broken() == NOTHING


def test_hh_08_is_broken_by_a_registry_that_advertises() -> None:
    story = told_of("sidn").on("2019-03-01").shares("sidn", "registry", ref="order-1", product="nl")
    story.on("2019-03-02").uses("dpv:Advertising", "pd:Name", by="sidn")

    assert story.broken() == {("HH-08", "use-for-other-purpose")}


@pytest.mark.parametrize("role", ["registry", "registrar"])
def test_hh_08_is_broken_by_a_registration_that_names_no_order(role: str) -> None:
    story = told_of("sidn").on("2019-03-01").shares("sidn", role, product="nl")

    assert story.broken() == {("HH-08", "share-without-ref")}


def test_hh_09_is_kept_by_giving_analytics_what_statistics_need() -> None:
    story = told_of("google").on("2019-03-01").shares("google", "analytics", "pd:UserAgent")

    assert story.broken() == NOTHING


def test_hh_09_is_broken_by_analytics_for_advertising() -> None:
    story = told_of("google").on("2019-03-01").shares("google", "analytics", "pd:UserAgent", purpose="dpv:PersonalisedAdvertising")

    assert story.broken() == {("HH-09", "share-for-other-purpose")}


def test_hh_09_is_silent_about_who_its_suppliers_are() -> None:
    story = told_of("anybody-at-all").on("2019-03-01").shares("anybody-at-all", "supplier", "pd:BankAccount", "pd:TelephoneNumber")

    assert story.broken() == NOTHING
    assert story.remarks("HH-09") == ("silent", "the list of suppliers and what each gets is missing from the text")


def test_hh_10_is_kept_by_telling_before_sharing() -> None:
    story = told_of("supplier-one").on("2019-02-02").shares("supplier-one", "supplier")

    assert story.broken() == NOTHING


def test_hh_10_is_kept_by_a_registrar_that_passes_it_on() -> None:
    story = told_of("openprovider").on("2019-03-01").shares("openprovider", "registrar", ref="order-1")
    story.shares("sidn", "registry", by="openprovider", ref="order-1", product="nl")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("role", ["law_enforcement", "court", "government"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_hh_10_is_kept_by_a_disclosure_on_a_ground_without_telling(ground: str, role: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares("asker-one", role, disclosure_ground=ground)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("ground", [*GROUNDS, "debt_collection"])
@pytest.mark.parametrize("role", ["supplier", "analytics", "registrar"])
def test_hh_10_is_broken_by_a_partner_who_gets_data_on_a_ground(ground: str, role: str) -> None:
    """A ground is for who demands data: who works with the hoster gets none before the person is told."""
    story = customer(HOSTER).on("2019-03-01").shares("openprovider", role, disclosure_ground=ground, ref="order-1")

    assert story.broken() == {("HH-10", "share-without-notice")}


def test_hh_10_is_broken_by_a_stranger_who_collects_no_debt() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("broker-one", "data_broker", disclosure_ground="debt_collection")

    assert story.broken() == {("HH-10", "share-without-notice"), ("X-04", "undeclared-recipient-role")}


def test_hh_10_is_broken_by_telling_after_sharing() -> None:
    story = customer(HOSTER).on("2019-03-02").tells("recipient", "supplier-one").on("2019-03-01").shares("supplier-one", "supplier")

    assert story.broken() == {("HH-10", "share-without-notice")}


def test_hh_10_is_broken_by_telling_of_somebody_else() -> None:
    story = told_of("supplier-two").on("2019-03-01").shares("supplier-one", "supplier")

    assert story.broken() == {("HH-10", "share-without-notice")}


def test_hh_10_is_broken_by_a_sale_whoever_was_told() -> None:
    story = told_of("supplier-one").on("2019-03-01").shares("supplier-one", "supplier", purpose=SALE)

    assert story.broken() == {("HH-10", "prohibited-share")}


def test_hh_11_is_kept_by_a_debt_collector_after_an_invoice_stayed_unpaid() -> None:
    story = customer(HOSTER).reaches("INVOICE_ISSUED", "invoice-1").on("2019-03-01").reaches("PAYMENT_OVERDUE", "invoice-1")
    story.on("2019-06-01").shares("collector-one", "debt_collector", ref="invoice-1", disclosure_ground="debt_collection")

    assert story.broken() == NOTHING


def test_hh_11_is_kept_by_a_debt_collector_for_arrears_when_no_invoice_is_named() -> None:
    story = customer(HOSTER).on("2019-03-01").reaches("PAYMENT_OVERDUE", "invoice-1")

    assert story.on("2019-06-01").shares("collector-one", "debt_collector", disclosure_ground="debt_collection").broken() == NOTHING


@pytest.mark.parametrize(("late", "of"), [(None, None), ("2019-03-01", "invoice-2"), ("2019-06-02", "invoice-1")])
def test_hh_11_is_broken_by_a_debt_collector_without_arrears(late: str | None, of: str | None) -> None:
    """None at all, of another invoice, and only after the share."""
    story = customer(HOSTER)
    if late is not None:
        story.on(late).reaches("PAYMENT_OVERDUE", of)
    story.on("2019-06-01").shares("collector-one", "debt_collector", ref="invoice-1", disclosure_ground="debt_collection")

    assert story.broken() == {("HH-11", "share-without-arrears")}


def test_hh_11_is_kept_by_arrears_of_before_that_are_told_of_again_later() -> None:
    story = customer(HOSTER).on("2019-03-01").reaches("PAYMENT_OVERDUE", "invoice-1").on("2019-07-01").reaches("PAYMENT_OVERDUE", "invoice-1")
    story.on("2019-06-01").shares("collector-one", "debt_collector", ref="invoice-1", disclosure_ground="debt_collection")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("ground", GROUNDS)
def test_hh_11_is_broken_by_a_debt_collector_on_another_ground(ground: str) -> None:
    story = customer(HOSTER).on("2019-03-01").reaches("PAYMENT_OVERDUE", "invoice-1")
    story.on("2019-06-01").shares("collector-one", "debt_collector", ref="invoice-1", disclosure_ground=ground)

    assert story.broken() == {("HH-11", "share-without-legal-ground")}


@pytest.mark.parametrize("ground", GROUNDS)
def test_hh_11_is_kept_by_a_disclosure_on_a_stated_ground(ground: str) -> None:
    assert customer(HOSTER).on("2019-03-01").shares("police-one", "law_enforcement", disclosure_ground=ground).broken() == NOTHING


@pytest.mark.parametrize("role", ["law_enforcement", "court", "government"])
def test_hh_11_is_broken_by_a_disclosure_without_any_ground(role: str) -> None:
    assert told_of("asker-one").on("2019-03-01").shares("asker-one", role).broken() == {("HH-11", "share-without-legal-ground")}


def test_hh_11_is_broken_by_giving_what_was_refused() -> None:
    story = told_of("police-one").on("2019-02-01").discloses().decides("REFUSED").on("2019-03-01")
    story.shares("police-one", "law_enforcement", disclosure_ref="disclosure-1", disclosure_ground="police_demand")

    assert story.broken() == {("HH-11", "share-after-refusal")}


def given_a_name_and_an_address(decision: str) -> Story:
    """To the police, after a decision on a name."""
    story = told_of("police-one").on("2019-02-01").discloses().decides(decision).on("2019-03-01")
    return story.shares("police-one", "law_enforcement", "pd:Name", "pd:City", disclosure_ref="disclosure-1", disclosure_ground="police_demand")


def test_hh_11_is_broken_by_giving_what_was_not_granted_in_part() -> None:
    assert given_a_name_and_an_address("PARTLY").broken() == {("HH-11", "disclosure-beyond-decision")}


def test_hh_11_is_kept_by_giving_what_was_neither_granted_nor_refused() -> None:
    """The text asks for a demand of the law, and not for a decision."""
    assert given_a_name_and_an_address("GRANTED").broken() == NOTHING


@pytest.mark.parametrize("ground", [None, "consent", "trademark_claim", "debt_collection"])
def test_hh_11_is_broken_by_a_disclosure_on_no_stated_ground(ground: str | None) -> None:
    story = told_of("police-one").on("2019-03-01").shares("police-one", "law_enforcement", disclosure_ground=ground)

    assert story.broken() == {("HH-11", "share-without-legal-ground")}


def test_hh_11_is_broken_by_a_court_order_used_for_something_else() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("court-one", "court", purpose="dpv:Marketing", disclosure_ground="court_order")

    assert story.broken() == {("HH-11", "share-for-other-purpose")}


def test_hh_12_is_kept_by_a_transfer_under_standard_clauses() -> None:
    story = told_of("cpanel").on("2019-03-01").shares("cpanel", "software_supplier", country="US", safeguard="eu-gdpr:A46-2-c")

    assert story.broken() == NOTHING


def test_hh_12_is_broken_by_a_transfer_under_the_privacy_shield_after_its_end() -> None:
    story = told_of("google").on("2020-07-16T00:00:00")
    story.shares("google", "analytics", "pd:UserAgent", country="US", safeguard="ledger:PrivacyShield")

    assert story.broken() == {("HH-12", "transfer-lapsed")}


def test_hh_12_is_broken_by_a_fourth_company_outside_the_eu() -> None:
    """The text names three that may have data there."""
    story = told_of("cloud-one").on("2019-03-01").shares("cloud-one", "hosting", country="US", safeguard="eu-gdpr:A46-2-c")

    assert story.broken() == {("HH-12", "transfer-to-unnamed-recipient")}


def test_hh_12_is_broken_by_a_share_that_leaves_out_that_a_fourth_company_is_outside_the_eu() -> None:
    story = told_of("cloud-one").registers("cloud-one", "hosting", country="US", safeguard="eu-gdpr:A46-2-c")

    assert story.on("2019-03-01").shares("cloud-one", "hosting").broken() == {("HH-12", "transfer-to-unnamed-recipient")}


@pytest.mark.parametrize("country", ["NL", "NO"])
def test_hh_12_is_kept_by_a_fourth_company_inside_the_eea(country: str) -> None:
    assert told_of("cloud-one").on("2019-03-01").shares("cloud-one", "hosting", country=country).broken() == NOTHING


def test_hh_12_is_kept_by_openprovider_that_passes_it_on_to_an_american_registry() -> None:
    """The list is of those to whom the hoster itself gives data."""
    story = told_of("openprovider").on("2019-03-01").shares("openprovider", "registrar", ref="order-1", product="com")
    story.shares("verisign", "registry", by="openprovider", ref="order-1", product="com", country="US", safeguard="eu-gdpr:A49-1-b")

    assert story.broken() == NOTHING


def test_hh_12_is_silent_about_countries_and_safeguards() -> None:
    """What the statement says, acted upon as it stands: outside the EU, and nothing that makes it lawful."""
    story = told_of("openprovider").on("2019-03-01").shares("openprovider", "registrar", ref="order-1", country="US")

    assert story.broken() == {("HH-12", "transfer-without-safeguard")}
    assert story.remarks("HH-12") == ("silent", "neither country nor safeguard is named for Google, cPanel and Openprovider")


def test_hh_10_is_kept_by_passing_on_statistics_of_people_whom_nobody_could_tell() -> None:
    shared = {"purpose": "ledger:SiteStatistics", "agreement": "dpa-1"}
    story = Story("hostinghuis").on("2019-03-01").of("dataset-2019-03").shares("stats-one", "analytics", "pd:BrowserFingerprint", **shared)

    assert "HH-10" not in {promise for promise, _ in story.broken()}
    assert ("HH-10", "share-without-notice") in story.of("s1").shares("stats-one", "analytics", "pd:BrowserFingerprint", **shared).broken()
