"""The webhoster's promises, each kept and broken in a customer's life under the statement that ships."""

from __future__ import annotations

import pytest

from ledger.answers.query import Query
from tests.histories import project
from tests.memory_answers import MemoryAnswers
from tests.promises.stories import Story, customer

HOSTER = "webhoster"
BREACH, TRAFFIC = "ledger:BreachInvestigation", "ledger:VisitorTraffic"
NOTHING: set[tuple[str, str]] = set()
NO_OWNER = {("WH-03", "share-of-other-category")}
"""A supplier gets what the owner of a domain is known by; what a site holds is beside that."""


def with_domains(*names: str) -> Story:
    """A customer with domains, whose data the registrar passed on to the registry."""
    story = customer(HOSTER).on("2019-02-01")
    for name in names:
        story.reaches("DOMAIN_REGISTERED", name).shares("registrar-one", "registrar", ref=name, product="nl")
        story.shares("sidn", "registry", ref=name, product="nl", by="registrar-one")
    return story


def with_certificate() -> Story:
    """A customer with an EV certificate for a year."""
    story = customer(HOSTER).on("2019-02-01").collects("certificate", ref="cert-1")
    story.shares("ca-one", "certificate_authority", "pd:Name", "pd:PhysicalAddress", ref="cert-1", product="ev")
    return story.reaches("CERTIFICATE_ISSUED", "cert-1")


def test_wh_01_is_kept_by_an_account_that_goes_with_the_last_service() -> None:
    story = customer(HOSTER).on("2019-05-01T12:00:00+02:00").reaches("SERVICE_ENDED", "service-1")
    assert story.due("2019-05-01T11:59:59+02:00") == NOTHING
    assert story.due("2019-05-01T12:00:00+02:00") == {("WH-01", "administration")}

    story.clock("2019-05-01T12:00:00+02:00").on("2019-05-03").erases(store="administration").clock("2019-06-01")

    assert story.obligations("MET") == {("WH-01", "administration")}
    assert story.late() == story.broken() == NOTHING


def test_wh_01_is_kept_while_a_service_runs_and_the_account_is_open() -> None:
    assert customer(HOSTER).due("2059-12-31") == NOTHING


@pytest.mark.parametrize("activity", ["order", "invoice", "payment", "domain_registration"])
def test_wh_01_is_kept_by_all_that_goes_with_the_last_service(activity: str) -> None:
    story = customer(HOSTER).erases(store="administration").on("2019-02-01").collects(activity, ref="order-1")
    story.on("2019-05-01").reaches("SERVICE_ENDED", "service-1")

    assert story.due("2019-05-01T11:59:59+02:00") == NOTHING
    assert story.due("2019-05-01T12:00:00+02:00") == {("WH-01", "administration")}


def test_wh_01_is_broken_by_an_account_that_stays_after_it_was_closed() -> None:
    story = customer(HOSTER).on("2019-05-01").reaches("ACCOUNT_CLOSED", "account-1").clock("2019-05-01").clock("2019-05-08T11:59:59+02:00")
    assert story.late() == NOTHING

    assert story.clock("2019-05-08T12:00:00+02:00").late() == {("WH-01", "administration")}


def test_wh_01_is_broken_by_asking_for_a_birth_date() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("order", "pd:Name", "pd:BirthDate", ref="order-1")

    assert story.broken() == {("WH-01", "undeclared-category")}


def test_wh_01_is_silent_about_the_fiscal_term_of_invoices() -> None:
    story = customer(HOSTER).collects("invoice", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1").on("2019-05-01").leaves()

    assert story.due("2019-05-01") == {("WH-01", "administration")}
    assert story.remarks("WH-01") == ("silent", "no fiscal term is stated for what must be kept for the tax office")


def test_wh_09_is_silent_about_how_long_content_stays() -> None:
    story = customer(HOSTER).collects("hosting", ref="service-1").on("2019-05-01").leaves()

    assert ("WH-09", "webserver") not in story.due("2030-01-01")
    assert story.remarks("WH-09") == ("silent", "no term is stated for the content of customers' sites")


def test_wh_02_is_kept_by_administration_in_its_own_system() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("invoice", ref="invoice-1").uses("ledger:Administration", "pd:Name")

    assert story.broken() == NOTHING


def test_wh_02_is_broken_by_giving_the_administration_away() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("bookkeeper-one", "supplier", purpose="ledger:Administration", ref="order-1")

    assert story.broken() == {("WH-02", "prohibited-share"), ("WH-03", "share-for-other-purpose")}


@pytest.mark.parametrize("purpose", ["ledger:Invoicing", "ledger:FiscalRecordKeeping", "dpv:AccountManagement"])
def test_wh_02_is_broken_by_a_bookkeeper_who_bills(purpose: str) -> None:
    """The sentence stands under "Administratie", which is about the billing."""
    story = customer(HOSTER).on("2019-03-01").shares("bookkeeper-one", "data_processor", purpose=purpose)

    assert story.broken() == {("WH-02", "prohibited-share"), ("X-04", "undeclared-recipient-role")}


@pytest.mark.parametrize("role", ["registry", "registrar", "supplier"])
def test_wh_03_is_broken_by_more_than_an_owner_is_known_by(role: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares("one", role, "pd:Name", "pd:BankAccount", ref="domain-1", product="nl")

    assert story.broken() == {("WH-03", "share-of-other-category")}


def test_wh_05_is_broken_by_more_than_a_certificate_needs() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("ca-one", "certificate_authority", "pd:Name", "pd:BankAccount", ref="cert-1", product="ev")

    assert story.broken() == {("WH-05", "share-of-other-category")}


def test_wh_03_is_kept_by_sharing_for_a_domain() -> None:
    assert with_domains("domain-1").broken() == NOTHING


@pytest.mark.parametrize("role", ["registry", "registrar", "supplier"])
def test_wh_03_is_broken_by_a_share_that_names_no_domain(role: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares("registrar-one", role, product="nl")

    assert story.broken() == {("WH-03", "share-without-ref")}


def test_wh_04_is_kept_when_every_supplier_erases_after_the_last_domain() -> None:
    story = with_domains("domain-1", "domain-2").on("2019-05-01").reaches("DOMAIN_ENDED", "domain-1")
    assert story.due("2059-12-31") == NOTHING

    story.on("2019-06-01T12:00:00+02:00").reaches("DOMAIN_ENDED", "domain-2")
    assert story.due("2019-06-01T11:59:59+02:00") == NOTHING
    assert story.due("2019-06-01T12:00:00+02:00") == {("WH-04", "registrar-one"), ("WH-04", "sidn")}

    story.clock("2019-06-01").on("2019-06-02").erases(by="registrar-one").erases(by="sidn").clock("2019-07-01")

    assert story.obligations("MET") == {("WH-04", "registrar-one"), ("WH-04", "sidn")}
    assert story.late() == story.broken() == NOTHING


@pytest.mark.parametrize("role", ["registry", "registrar", "supplier"])
def test_wh_04_is_kept_by_every_kind_of_supplier(role: str) -> None:
    story = customer(HOSTER).on("2019-02-01").reaches("DOMAIN_REGISTERED", "domain-1").shares("supplier-one", role, ref="domain-1")

    assert story.on("2019-06-01").reaches("DOMAIN_ENDED", "domain-1").due("2019-06-01") == {("WH-04", "supplier-one")}


def test_wh_04_is_kept_by_calling_it_off_when_a_new_domain_comes() -> None:
    story = with_domains("domain-1").on("2019-06-01").reaches("DOMAIN_ENDED", "domain-1").clock("2019-06-01")
    story.on("2019-06-02").reaches("DOMAIN_REGISTERED", "domain-2").clock("2019-08-01")

    assert story.obligations("CANCELLED") == {("WH-04", "registrar-one"), ("WH-04", "sidn")}
    assert story.obligations("OPEN") == story.late() == NOTHING


def test_wh_04_is_broken_by_who_stands_between_and_does_not_erase() -> None:
    story = customer(HOSTER).on("2019-02-01").reaches("DOMAIN_REGISTERED", "domain-1")
    story.shares("between-one", "intermediary", purpose="ledger:DomainRegistration", ref="domain-1")
    story.on("2019-06-01").reaches("DOMAIN_ENDED", "domain-1").clock("2019-06-01").clock("2019-08-01")

    assert story.late() == {("WH-04", "between-one")}


def test_wh_04_is_broken_by_a_supplier_that_does_not_erase() -> None:
    story = with_domains("domain-1").on("2019-06-01").reaches("DOMAIN_ENDED", "domain-1").clock("2019-06-01")
    story.on("2019-06-02").erases(by="registrar-one").clock("2019-06-08")

    assert story.late() == {("WH-04", "sidn")}


def test_wh_05_is_kept_by_the_address_in_an_ev_certificate() -> None:
    assert with_certificate().broken() == NOTHING


def test_wh_05_is_kept_by_a_dv_certificate_without_address() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("ca-one", "certificate_authority", "ledger:DomainName", ref="cert-1", product="dv")

    assert story.broken() == NOTHING


def for_a_certificate(product: str | None, *categories: str) -> Story:
    return customer(HOSTER).on("2019-03-01").shares("ca-one", "certificate_authority", *categories, ref="cert-1", product=product)


@pytest.mark.parametrize("address", ["pd:PhysicalAddress", "pd:Street", "pd:HouseNumber", "pd:PostalCode", "pd:City"])
def test_wh_05_is_broken_by_an_address_for_a_dv_certificate(address: str) -> None:
    story = for_a_certificate("dv", "pd:Name", address)

    assert story.broken() == {("WH-05", "prohibited-share")}
    assert (story.count_found("prohibited-share"), story.severities()) == (1, {"prohibited-share": "BREACH"})


@pytest.mark.parametrize("product", ["DV", "dv-wildcard", "domain-validated", "wildcard", "nl"])
def test_wh_05_is_broken_by_an_address_for_whatever_is_neither_ov_nor_ev(product: str) -> None:
    assert for_a_certificate(product, "pd:City").broken() == {("WH-05", "prohibited-share")}


@pytest.mark.parametrize("product", ["ov", "ev", "OV", "Ev"])
def test_wh_05_is_kept_by_an_address_for_ov_and_ev_however_they_are_written(product: str) -> None:
    assert for_a_certificate(product, "pd:Name", "pd:City").broken() == NOTHING


@pytest.mark.parametrize("category", ["pd:Name", "ledger:CompanyName", "pd:EmailAddress", "pd:TelephoneNumber"])
def test_wh_05_is_broken_by_other_data_of_the_person_for_a_dv_certificate(category: str) -> None:
    """That it goes to the supplier is told of OV and EV alone; nothing says that no authority needs it: a warning."""
    story = for_a_certificate("dv", category)

    assert (story.broken(), story.severities()) == ({("WH-05", "prohibited-share")}, {"prohibited-share": "WARNING"})


def test_wh_05_is_broken_by_an_address_for_a_certificate_of_no_kind() -> None:
    """Only OV and EV certificates have a place for it, and nothing says that this is one."""
    story = customer(HOSTER).on("2019-03-01").shares("ca-one", "certificate_authority", "pd:Name", "pd:Street", ref="cert-1")

    assert story.broken() == {("WH-05", "share-without-product")}


def test_wh_05_is_broken_by_a_name_for_a_certificate_of_no_kind() -> None:
    story = for_a_certificate(None, "pd:Name")

    assert (story.broken(), story.severities()) == ({("WH-05", "share-without-product")}, {"share-without-product": "WARNING"})


def test_wh_05_is_kept_by_what_every_certificate_is_asked_for_with() -> None:
    assert for_a_certificate(None, "ledger:DomainName", "ledger:CertificateSubject", "ledger:Certificate").broken() == NOTHING


def test_wh_05_is_broken_by_a_share_that_names_no_certificate() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("ca-one", "certificate_authority", "pd:Name", product="ov")

    assert story.broken() == {("WH-05", "share-without-ref")}


def test_wh_06_is_kept_when_data_and_certificate_go_at_its_end() -> None:
    story = with_certificate().on("2020-02-01T12:00:00+01:00").reaches("CERTIFICATE_EXPIRED", "cert-1")
    assert story.due("2020-02-01T11:59:59+01:00") == NOTHING
    assert story.due("2020-02-01T12:00:00+01:00") == {("WH-06", "administration"), ("WH-06", "ca-one")}

    story.clock("2020-02-01").reaches("SERVICE_ENDED", "service-1").erases(ref="cert-1").erases(by="ca-one", ref="cert-1").clock("2020-02-05")

    assert story.obligations("MET") == {("WH-06", "administration"), ("WH-06", "ca-one")}
    assert story.late() == story.broken() == NOTHING


def test_wh_06_is_kept_by_a_renewal_that_moves_the_end() -> None:
    story = with_certificate().on("2020-02-01").reaches("CERTIFICATE_EXPIRED", "cert-1").on("2020-02-02").reaches("CERTIFICATE_RENEWED", "cert-1")
    assert story.due("2059-12-31") == NOTHING

    story.on("2021-02-01").reaches("CERTIFICATE_EXPIRED", "cert-1")

    assert story.due("2021-02-01") == {("WH-06", "administration"), ("WH-06", "ca-one")}


def test_wh_06_is_kept_by_each_certificate_that_goes_at_its_own_end() -> None:
    story = with_certificate().reaches("CERTIFICATE_ISSUED", "cert-2").on("2020-02-01").reaches("CERTIFICATE_EXPIRED", "cert-1")

    assert story.due("2020-02-01") == {("WH-06", "administration"), ("WH-06", "ca-one")}


def test_wh_06_is_broken_by_an_authority_that_keeps_the_certificate() -> None:
    story = with_certificate().on("2020-02-01").reaches("CERTIFICATE_EXPIRED", "cert-1").clock("2020-02-01")
    story.reaches("SERVICE_ENDED", "service-1").erases(ref="cert-1").clock("2020-02-08")

    assert ("WH-06", "ca-one") in story.late()
    assert ("WH-06", "administration") not in story.late()


def traffic() -> Story:
    """A leap day of visitors to a customer's site."""
    return customer(HOSTER).of("dataset-2020-02-29").on("2020-02-29T00:00:00+01:00").collects("visitor_traffic")


def test_wh_07_is_kept_by_destroying_traffic_after_two_years() -> None:
    story = traffic()
    assert story.due("2022-02-27T23:59:59+01:00") == NOTHING
    assert story.due("2022-02-28T00:00:00+01:00") == {("WH-07", "traffic-logs")}

    story.clock("2022-02-28T00:00:00+01:00").erases(store="traffic-logs").clock("2022-04-01")

    assert story.obligations("MET") == {("WH-07", "traffic-logs")}
    assert story.late() == story.broken() == NOTHING


def test_wh_07_is_broken_by_traffic_that_stays() -> None:
    story = traffic().clock("2022-02-28T00:00:00+01:00").clock("2022-03-07T00:00:00+01:00")

    assert story.late() == {("WH-07", "traffic-logs")}


def test_wh_08_is_kept_by_investigating_a_breach() -> None:
    story = traffic().on("2020-04-01").uses(BREACH, TRAFFIC, "ledger:RequestedPath")

    assert story.broken() == NOTHING


def test_wh_08_is_kept_by_giving_it_to_who_investigates_a_breach() -> None:
    story = traffic().on("2020-04-01").shares("authority-one", "supervisory_authority", TRAFFIC, "pd:IPAddress", ref="breach-1")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("log", [TRAFFIC, "ledger:RequestedPath", "pd:IPAddress", "pd:UserAgent"])
def test_wh_08_is_broken_by_profiling_visitors(log: str) -> None:
    story = traffic().on("2020-04-01").uses("dpv:PersonalisedAdvertising", log)

    assert story.broken() == {("WH-08", "use-for-other-purpose")}


@pytest.mark.parametrize("log", [TRAFFIC, "ledger:RequestedPath", "pd:IPAddress", "pd:UserAgent"])
def test_wh_08_is_broken_by_giving_traffic_to_a_supplier(log: str) -> None:
    story = traffic().on("2020-04-01").shares("supplier-one", "supplier", log, ref="site-1")

    assert story.broken() == {("WH-08", "prohibited-share"), ("WH-03", "share-of-other-category")}


@pytest.mark.parametrize("reason", [{"permission_ref": "permission-1"}, {"incident_ref": "leak-1"}])
def test_wh_09_is_kept_by_permission_or_a_leak(reason: dict[str, str]) -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at("ledger:HostedContent", "ledger:DatabaseContent", purpose=BREACH, **reason)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("purpose", ["dpv:Marketing", "dpv:CustomerCare", "ledger:AbuseInvestigation"])
def test_wh_09_is_broken_by_an_incident_that_is_no_leak(purpose: str) -> None:
    """"Enige uitzondering hierop is bij constatering van een (data)lek"."""
    story = customer(HOSTER).on("2019-03-01").looks_at("ledger:HostedContent", purpose=purpose, incident_ref="incident-1")

    assert ("WH-09", "look-up-without-reason") in story.broken()


@pytest.mark.parametrize("content", ["ledger:HostedContent", "ledger:DatabaseContent"])
def test_wh_09_is_broken_by_looking_for_a_ticket_alone(content: str) -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at(content, ticket_ref="ticket-1")

    assert story.broken() == {("WH-09", "look-up-without-reason")}


@pytest.mark.parametrize("content", ["ledger:HostedContent", "ledger:DatabaseContent"])
def test_wh_09_is_broken_by_using_or_passing_on_what_a_site_holds(content: str) -> None:
    used = customer(HOSTER).on("2019-03-01").uses("dpv:PersonalisedAdvertising", content)
    shared = customer(HOSTER).on("2019-03-01").shares("supplier-one", "supplier", content, ref="order-1")

    assert ("WH-09", "use-without-consent") in used.broken()
    assert shared.broken() - NO_OWNER == {("WH-09", "share-without-consent")}


@pytest.mark.parametrize("purpose", ["dpv:RequestedServiceProvision", BREACH])
def test_wh_09_is_kept_by_serving_a_site_and_by_looking_into_a_leak(purpose: str) -> None:
    assert "WH-09" not in {promise for promise, _ in customer(HOSTER).uses(purpose, "ledger:HostedContent").broken()}


@pytest.mark.parametrize("channel", [None, "portal"])
def test_wh_09_is_kept_by_passing_a_site_on_with_permission(channel: str | None) -> None:
    story = customer(HOSTER).on("2019-03-01").consents("dpv:ServiceRegistration", recipient="supplier-one", channel=channel)

    story.shares("supplier-one", "supplier", "ledger:HostedContent", purpose="dpv:ServiceRegistration", ref="order-1")
    assert story.broken() - NO_OWNER == NOTHING


def test_wh_10_is_kept_by_telling_the_authority_of_a_breach() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("authority-one", "supervisory_authority", ref="breach-1", legal_basis="eu-gdpr:A6-1-c")

    assert story.broken() == NOTHING


def test_wh_10_is_broken_by_giving_the_authority_data_for_something_else() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("authority-one", "supervisory_authority", purpose="dpv:Marketing", ref="breach-1")

    assert story.broken() == {("WH-10", "share-for-other-purpose")}


def test_wh_11_is_kept_by_erasure_at_any_time() -> None:
    story = customer(HOSTER).on("2019-05-01").asks("ERASURE", identity_check="DONE").leaves()
    assert story.obligations("OPEN") == {("GDPR-17", "administration")}

    story.on("2019-05-02").erases(store="administration").clock("2019-08-01")

    assert story.late() == story.broken() == story.held() == NOTHING


def test_wh_11_is_broken_by_leaving_the_request_where_it_is() -> None:
    story = customer(HOSTER).on("2019-05-01").asks("ERASURE", identity_check="DONE").leaves().clock("2019-08-01")

    assert story.late() == {("GDPR-17", "administration")}


def test_wh_12_is_kept_by_ending_the_service_before_the_erasure() -> None:
    story = customer(HOSTER).on("2019-05-01").asks("ERASURE").leaves().on("2019-05-02").erases(store="administration")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("because_of", ["UNKNOWN", "RETENTION"])
def test_wh_12_is_kept_by_erasing_an_expired_certificate_while_the_service_runs(because_of: str) -> None:
    """WH-06 asks for it, whatever the hoster calls it."""
    story = customer(HOSTER).collects("certificate", ref="cert-1").reaches("CERTIFICATE_ISSUED", "cert-1")

    story.on("2020-02-03").reaches("CERTIFICATE_EXPIRED", "cert-1").on("2020-02-04").erases(ref="cert-1", because_of=because_of)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("because_of", ["RETENTION", "OBLIGATION", "REQUEST", "UNKNOWN"])
def test_wh_12_is_broken_by_an_erasure_that_nothing_asked_for_whatever_it_is_called(because_of: str) -> None:
    story = customer(HOSTER).on("2019-05-02").erases(store="administration", because_of=because_of)

    assert story.broken() == {("WH-12", "erasure-while-service-runs")}


def test_wh_12_is_broken_by_an_erasure_while_the_service_runs() -> None:
    story = customer(HOSTER).on("2019-05-01").asks("ERASURE").on("2019-05-02").erases(store="administration")

    assert story.broken() == {("WH-12", "erasure-while-service-runs")}


def named(story: Story) -> dict[str, tuple[set[str], set[str]]]:
    """Activity that the processor statement names -> the categories that are held, and who has any of it."""
    answer = Query(MemoryAnswers(project(story.log))).processor_statement(HOSTER)
    return {each.activity: ({held.term for held in each.held}, {sub.processor for sub in each.sub_processors}) for each in answer.processing}


def test_wh_13_is_kept_by_naming_what_is_processed_for_the_customer() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("hosting").shares("centre", "data_centre", "ledger:HostedContent",
        purpose="dpv:TechnicalServiceProvision")  # fmt: skip
    story.shares("sidn", "registry", ref="domain-1", product="nl").of("dataset-1").collects("visitor_traffic").clock("2019-04-01")

    assert named(story) == {
        "hosting": ({"ledger:HostedContent", "ledger:DatabaseContent"}, {"centre"}),
        "visitor_traffic": ({TRAFFIC, "ledger:DomainName", "ledger:RequestedPath", "pd:UserAgent", "pd:IPAddress"}, set()),
    }


def test_wh_13_is_kept_by_naming_nothing_of_the_hosters_own_administration() -> None:
    story = with_domains("domain-1").collects("invoice", ref="invoice-1").clock("2019-04-01")

    assert named(story) == {"hosting": (set(), set()), "visitor_traffic": (set(), set())}
