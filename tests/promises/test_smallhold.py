"""Smallhold's promises, each kept and broken in a customer's life under the statement of 22 May 2018."""

from __future__ import annotations

import pytest

from tests.promises.stories import ADVERTISING, Story, customer, moment

HOSTER = "smallhold"
NEWSLETTER, MARKETING = "ledger:Newsletter", "dpv:DirectMarketing"
ASKED = {"requester_kind": "police", "ground": "police_demand", "disclosure_ref": "disclosure-1"}
PAYMENT_DATA = (
    "pd:BankAccount", "pd:FinancialAccount", "pd:AccountIdentifier", "ledger:AccountHolder", "ledger:PayPalAccount", "pd:PaymentCard",
    "pd:PaymentCardNumber", "pd:PaymentCardExpiry", "ledger:PaymentData",
)  # fmt: skip
NOTHING: set[tuple[str, str]] = set()


def with_registries() -> Story:
    """A customer, and the registries of nl and com, the second one in the United States."""
    story = customer(HOSTER).registers("sidn", "registry", country="NL", extensions=["nl"])
    return story.registers("verisign", "registry", country="US", extensions=["com", "net"], safeguard="eu-gdpr:A49-1-b")


def asked_by_the_police() -> Story:
    """A customer about whom the police asked on 1 March 2019."""
    return customer(HOSTER).on("2019-03-01").tell("DisclosureRequested", **ASKED, categories=["pd:Name"])


def test_sh_01_is_broken_by_asking_the_name_of_the_company_as_a_must() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("account", "ledger:CompanyName", necessity="REQUIRED")

    assert story.broken() == {("SH-01", "choice-asked-as-must")}
    assert story.severities() == {"choice-asked-as-must": "WARNING"}


def test_sh_01_is_kept_by_a_company_asked_as_a_choice_or_together_with_what_is_needed() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("account", "ledger:CompanyName", necessity="OPTIONAL")

    assert story.collects("account", "ledger:CompanyName", "pd:Name", necessity="REQUIRED").broken() == NOTHING


def test_sh_01_is_kept_by_company_contact_and_address() -> None:
    story = customer(HOSTER).collects("domain_registration", ref="order-1").collects("certificate", ref="order-2")
    story.collects("invoice", ref="invoice-1")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("activity", ["account", "order", "domain_registration", "certificate", "invoice"])
def test_sh_01_is_broken_by_asking_for_more_than_is_needed(activity: str) -> None:
    story = customer(HOSTER).on("2019-03-01").collects(activity, "pd:Name", "pd:BirthDate")

    assert story.broken() == {("SH-01", "undeclared-category")}


def test_sh_02_is_kept_by_invoices_without_payment_data() -> None:
    assert customer(HOSTER).on("2019-03-01").collects("invoice", "pd:Name", "pd:PhysicalAddress", ref="invoice-1").broken() == NOTHING


@pytest.mark.parametrize("payment", PAYMENT_DATA)
def test_sh_02_is_broken_by_keeping_payment_data(payment: str) -> None:
    story = customer(HOSTER).on("2019-03-01").collects("invoice", "pd:Name", payment, ref="invoice-1")

    assert story.broken() == {("SH-02", "prohibited-collection"), ("SH-01", "undeclared-category")}


def test_sh_05_is_kept_by_the_registry_of_that_extension() -> None:
    story = with_registries().on("2019-03-01").shares("sidn", "registry", ref="order-1", product="nl", country="NL")

    assert story.broken() == NOTHING


def test_sh_05_is_kept_by_the_registry_of_that_extension_in_large_letters() -> None:
    """Names of domains are the same however their letters are written (RFC 4343)."""
    assert with_registries().on("2019-03-01").shares("sidn", "registry", ref="order-1", product="NL", country="NL").broken() == NOTHING


def test_sh_05_is_broken_by_the_registry_of_another_extension() -> None:
    story = with_registries().on("2019-03-01").shares("sidn", "registry", ref="order-1", product="com", country="NL")

    assert story.broken() == {("SH-05", "share-outside-extension")}


def test_sh_05_is_broken_by_a_registry_that_nobody_registered() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("sidn", "registry", ref="order-1", product="nl", country="NL")

    assert story.broken() == {("SH-05", "share-outside-extension")}


@pytest.mark.parametrize("role", ["registry", "registrar", "intermediary", "certificate_authority"])
def test_sh_05_is_broken_by_a_share_that_names_no_order(role: str) -> None:
    story = with_registries().on("2019-03-01").shares("sidn", role, product="nl", country="NL")

    assert story.broken() - {("X-04", "share-in-other-role")} == {("SH-05", "share-without-ref")}


@pytest.mark.parametrize("role", ["registrar", "intermediary"])
def test_sh_05_is_broken_by_who_stands_between_for_another_extension(role: str) -> None:
    story = customer(HOSTER).registers("between-one", role, country="DE", extensions=["eu"]).on("2019-03-01")

    assert story.shares("between-one", role, ref="order-1", product="nl").broken() == {("SH-05", "share-outside-extension")}


@pytest.mark.parametrize("role", ["registry", "registrar", "intermediary", "certificate_authority"])
def test_sh_05_is_broken_by_more_than_a_registration_needs(role: str) -> None:
    story = customer(HOSTER).registers("one", role, country="DE").on("2019-03-01")
    story.shares("one", role, "pd:IPAddress", "ledger:ServerLog", ref="order-1", product="nl")

    assert story.broken() == {("SH-05", "share-of-other-category")}


@pytest.mark.parametrize("role", ["mailing", "hosting", "analytics", "payment_provider"])
def test_sh_05_is_broken_by_a_party_that_takes_no_part_in_the_registration(role: str) -> None:
    story = customer(HOSTER).registers("one", role, country="NL").on("2019-03-01").shares("one", role, "pd:EmailAddress", ref="order-1")

    assert story.broken() == {("SH-05", "prohibited-share"), ("X-04", "undeclared-recipient-role")}


def test_sh_05_is_kept_by_the_authority_that_must_hear_of_a_breach() -> None:
    story = customer(HOSTER).on("2019-03-01").shares("authority-one", "supervisory_authority", purpose="dpv:LegalCompliance")

    assert story.broken() == {("X-04", "undeclared-recipient-role")}


def test_sh_04_is_kept_by_name_and_address_for_the_registry_through_an_intermediary() -> None:
    """Of the one in between the text says "uw gegevens": all that SH-01 lists."""
    story = with_registries().registers("between", "intermediary", country="NL").on("2019-03-01")
    given = ["ledger:CompanyName", "pd:Name", "pd:PhysicalAddress", "pd:EmailAddress", "pd:TelephoneNumber"]
    story.shares("between", "intermediary", *given, ref="order-1", product="nl")
    story.shares("sidn", "registry", "ledger:CompanyName", "pd:Name", "pd:PhysicalAddress", by="between", ref="order-1", product="nl")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("by", [HOSTER, "between"])
@pytest.mark.parametrize("category", ["pd:EmailAddress", "pd:TelephoneNumber"])
def test_sh_04_is_broken_by_more_than_name_and_address_for_the_registry(category: str, by: str) -> None:
    story = with_registries().registers("between", "intermediary", country="NL").on("2019-03-01")
    story.shares("between", "intermediary", "pd:Name", category, ref="order-1", product="nl")
    story.shares("sidn", "registry", "pd:Name", category, by=by, ref="order-1", product="nl")

    assert story.broken() == {("SH-04", "prohibited-share")}
    assert story.severities() == {"prohibited-share": "WARNING"}


def test_sh_06_is_kept_by_a_transfer_that_the_contract_needs() -> None:
    story = with_registries().on("2019-03-01")
    story.shares("verisign", "registry", ref="order-1", product="com", country="US", safeguard="eu-gdpr:A49-1-b")

    assert story.broken() == NOTHING


def test_sh_06_is_kept_by_an_intermediary_that_passes_it_on() -> None:
    story = with_registries().registers("between-one", "intermediary", country="DE").on("2019-03-01")
    story.shares("between-one", "intermediary", ref="order-1", product="com")
    story.shares("verisign", "registry", by="between-one", ref="order-1", product="com", country="US", safeguard="eu-gdpr:A49-1-b")

    assert story.broken() == NOTHING


def test_sh_06_is_kept_by_the_safeguard_that_the_register_names() -> None:
    story = with_registries().on("2019-03-01").shares("verisign", "registry", ref="order-1", product="com")

    assert story.broken() == NOTHING


def test_sh_06_is_broken_by_a_transfer_that_nothing_makes_lawful() -> None:
    story = customer(HOSTER).registers("verisign", "registry", extensions=["com"])
    story.on("2019-03-01").shares("verisign", "registry", ref="order-1", product="com", country="US")

    assert story.broken() == {("SH-06", "transfer-without-safeguard")}


def test_sh_07_is_kept_by_deciding_and_telling_before_disclosing() -> None:
    story = asked_by_the_police().on("2019-03-02").decides("GRANTED").tells("disclosure_request", "disclosure-1")
    story.on("2019-03-03").shares("police-one", "law_enforcement", disclosure_ref="disclosure-1", legal_basis="eu-gdpr:A6-1-c")

    assert story.broken() == NOTHING


def test_sh_07_is_kept_by_not_telling_while_an_order_bars_it() -> None:
    story = asked_by_the_police().decides("GRANTED", "BARRED", barred_until=moment("2019-04-01T00:00:00"))
    story.on("2019-03-31T23:59:59").shares("police-one", "law_enforcement", disclosure_ref="disclosure-1")

    assert story.broken() == NOTHING


def test_sh_07_is_broken_by_not_telling_when_the_bar_has_ended() -> None:
    story = asked_by_the_police().decides("GRANTED", "BARRED", barred_until=moment("2019-04-01T00:00:00"))
    story.on("2019-04-01T00:00:00").shares("police-one", "law_enforcement", disclosure_ref="disclosure-1")

    assert story.broken() == {("SH-07", "disclosure-without-notice")}


def test_sh_07_is_broken_by_disclosing_what_was_refused() -> None:
    story = asked_by_the_police().on("2019-03-02").decides("REFUSED").tells("disclosure_request", "disclosure-1")
    story.on("2019-03-03").shares("police-one", "law_enforcement", disclosure_ref="disclosure-1")

    assert story.broken() == {("SH-07", "disclosure-without-decision")}


def disclosed(decision: str, *categories: str, **decided: list[str]) -> Story:
    """Asked for a name, decided (of a name, or of these), told, and given."""
    story = asked_by_the_police().on("2019-03-02").decides(decision, **decided).tells("disclosure_request", "disclosure-1")
    return story.on("2019-03-03").shares("police-one", "law_enforcement", *categories, disclosure_ref="disclosure-1")


@pytest.mark.parametrize("decision", ["GRANTED", "PARTLY"])
def test_sh_07_is_broken_by_giving_more_than_was_decided(decision: str) -> None:
    story = disclosed(decision, "pd:Name", "pd:EmailAddress")

    assert (story.broken(), story.severities()) == ({("SH-07", "disclosure-beyond-decision")}, {"disclosure-beyond-decision": "BREACH"})
    assert "DisclosureDecided" in story.because("SH-07", "disclosure-beyond-decision")


@pytest.mark.parametrize("of", [["pd:Name", "pd:EmailAddress", "pd:TelephoneNumber"], []])
def test_sh_07_is_kept_by_giving_no_more_than_was_decided(of: list[str]) -> None:
    """A decision that names no data is on all of it."""
    assert disclosed("PARTLY", "pd:Name", "pd:EmailAddress", categories=of).broken() == NOTHING


@pytest.mark.parametrize("role", ["court", "law_enforcement", "government", "trademark_claimant"])
def test_sh_07_is_broken_by_giving_a_name_without_further_ado(role: str) -> None:
    story = customer(HOSTER).on("2019-03-01").shares("asker-one", role)

    assert story.broken() == {("SH-07", "disclosure-without-decision"), ("SH-07", "disclosure-without-notice")}


def test_sh_08_is_kept_by_tracking_an_attacker_in_the_server_logs() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").uses("ledger:IntrusionDetection", "ledger:ServerLog", "pd:IPAddress")

    assert story.broken() == NOTHING


def test_sh_08_is_kept_when_it_is_somebody_else_who_uses_a_log_and_the_law_finds_that() -> None:
    story = customer(HOSTER).on("2019-03-01").uses("dpv:ServiceOptimisation", "ledger:ServerLog", by="nobody")

    assert story.broken() == {("GDPR-5-1-b", "use-for-other-purpose")}


@pytest.mark.parametrize("entry", ["pd:IPAddress", "pd:UserAgent", "ledger:VisitTime"])
def test_sh_08_is_broken_by_any_part_of_a_log_for_something_else(entry: str) -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").uses("dpv:ServicePersonalisation", entry)

    assert story.broken() == {("SH-08", "use-for-other-purpose")}


def test_sh_08_is_broken_by_server_logs_for_something_else() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").uses("dpv:ServiceOptimisation", "ledger:ServerLog")

    assert story.broken() == {("SH-08", "use-for-other-purpose")}


def test_sh_08_is_broken_by_logging_more_than_was_said() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs", "pd:IPAddress", "pd:BrowserHistory")

    assert story.broken() == {("SH-08", "undeclared-category")}


def test_sh_08_is_silent_about_how_long_server_logs_are_kept() -> None:
    """Of a visitor: those of a customer go with the rest (SH-11)."""
    story = Story(HOSTER, "dataset-1").on("2019-03-01").collects("server_logs")

    assert story.due("2059-12-31") == NOTHING
    assert story.why("logs") == {"term has not started: waits for CONTRACT_ENDED and SERVICE_ENDED"}
    assert story.remarks("SH-08")[0] == "silent"


@pytest.mark.parametrize("purpose", [NEWSLETTER, MARKETING, "dpv:Marketing", "ledger:ProductNews"])
def test_sh_09_is_kept_by_mail_that_somebody_asked_for(purpose: str) -> None:
    assert customer(HOSTER).on("2019-03-01").consents(purpose).on("2019-03-02").mails(purpose).broken() == NOTHING


@pytest.mark.parametrize("purpose", [NEWSLETTER, MARKETING, "dpv:Marketing", "ledger:ProductNews", *ADVERTISING])
def test_sh_09_is_broken_by_mail_that_nobody_asked_for(purpose: str) -> None:
    story = customer(HOSTER).on("2019-03-01").mails(purpose)

    assert story.broken() == {("SH-09", "use-without-consent"), ("GDPR-5-1-b", "use-for-other-purpose")}


def test_sh_09_is_broken_by_mail_after_the_consent_was_withdrawn() -> None:
    story = customer(HOSTER).consents(NEWSLETTER).on("2019-03-01").consents(NEWSLETTER, "WITHDRAWN").on("2019-03-02").mails(NEWSLETTER)

    assert story.broken() == {("SH-09", "use-without-consent"), ("GDPR-5-1-b", "use-for-other-purpose")}


def test_sh_10_is_kept_by_a_dutch_data_centre() -> None:
    assert customer(HOSTER).on("2019-03-01").collects("hosting", ref="service-1").broken() == NOTHING


def test_sh_10_is_kept_by_orders_across_the_border_of_which_nothing_is_promised() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("order", ref="order-1", country="DE").collects("hosting", ref="service-1")

    assert "SH-10" not in {promise for promise, _ in story.broken()}


def test_sh_10_is_broken_by_a_data_centre_across_the_border() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("hosting", ref="service-1", country="DE")

    assert story.broken() == {("SH-10", "store-in-other-country")}


def test_sh_10_is_broken_by_logs_of_servers_across_the_border() -> None:
    story = customer(HOSTER).on("2019-03-01").of("dataset-1").collects("server_logs", country="DE")

    assert story.broken() == {("SH-10", "store-in-other-country")}


def test_sh_11_is_kept_by_data_that_goes_when_contract_and_services_have_both_ended() -> None:
    story = customer(HOSTER).on("2019-05-01").reaches("CONTRACT_ENDED", "contract-1")
    assert story.due("2059-12-31") == NOTHING

    story.on("2019-06-01T12:00:00+02:00").reaches("SERVICE_ENDED", "service-1")
    assert story.due("2019-06-01T11:59:59+02:00") == NOTHING
    assert story.due("2019-06-01T12:00:00+02:00") == {("SH-11", "crm")}

    story.clock("2019-06-01").on("2019-06-02").erases().clock("2019-07-01")

    assert story.obligations("MET") == {("SH-11", "crm")}
    assert story.late() == story.broken() == NOTHING


def test_sh_11_is_kept_by_counting_from_the_contract_when_that_ends_last() -> None:
    story = customer(HOSTER).on("2019-05-01").reaches("SERVICE_ENDED", "service-1").on("2019-06-01").reaches("CONTRACT_ENDED", "contract-1")

    assert story.due("2019-06-01T11:59:59") == NOTHING
    assert story.due("2019-06-01T12:00:00") == {("SH-11", "crm")}


@pytest.mark.parametrize(
    ("activity", "store"),
    [("order", "shop"), ("domain_registration", "dns"), ("certificate", "dns"), ("invoice", "billing"), ("server_logs", "logs")],
)
def test_sh_11_is_kept_by_all_that_goes_with_the_account(activity: str, store: str) -> None:
    story = customer(HOSTER).collects(activity, ref="order-1").on("2019-05-01").leaves()

    assert story.due("2019-05-01T11:59:59") == NOTHING
    assert story.due("2019-05-01T12:00:00") == {("SH-11", "crm"), ("SH-11", store)}


def test_sh_11_is_broken_by_data_that_stays() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().clock("2019-05-01").clock("2019-05-08T11:59:59")
    assert story.late() == NOTHING

    assert story.clock("2019-05-08T12:00:00").late() == {("SH-11", "crm")}


def test_sh_11_is_silent_about_the_fiscal_term_of_invoices() -> None:
    """As it stands, the statement lets invoices go with the account, though the tax office asks for seven years."""
    story = customer(HOSTER).collects("invoice", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1").on("2019-05-01").leaves()

    assert story.due("2019-05-01") == {("SH-11", "crm"), ("SH-11", "billing")}
    assert story.remarks("SH-11") == ("silent", "no fiscal term is stated for invoices")
