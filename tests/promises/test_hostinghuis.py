"""HostingHuis' promises, each kept and broken in a customer's life under the statement of 4 April 2018."""

from __future__ import annotations

import pytest

from tests.promises.stories import ADVERTISING, Story, customer

HOSTER = "hostinghuis"
NEWS, OUTAGES, SALE = "ledger:ProductNews", "ledger:ServiceNotice", "dpv:SellDataToThirdParties"
GROUNDS = ("legal_obligation", "court_order", "police_demand", "government_demand", "pressing_reason")
WITH_THE_ACCOUNT = (
    ("order", "shop"), ("domain_registration", "dns"), ("invoice", "billing"), ("payment", "billing"), ("support", "helpdesk"),
    ("newsletter", "mailing"),
)  # fmt: skip
NOTHING: set[tuple[str, str]] = set()


def told_of(recipient: str) -> Story:
    """A customer who has been told that this recipient will see data."""
    return customer(HOSTER).on("2019-02-01").tells("recipient", recipient)


def in_session() -> Story:
    """A customer who is logged in on the portal."""
    return customer(HOSTER).on("2019-03-01T10:00").reaches("LOGGED_IN", "session-1")


def test_hh_01_is_kept_by_name_address_and_bank_account() -> None:
    story = customer(HOSTER).collects("order", ref="order-1").collects("invoice", ref="invoice-1")

    assert story.broken() == NOTHING


def test_hh_01_is_broken_by_asking_for_a_birth_date() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("order", "pd:Name", "pd:BirthDate", ref="order-1")

    assert story.broken() == {("HH-01", "undeclared-category")}


def test_hh_01_is_kept_by_a_cookie_of_somebody_who_is_known() -> None:
    """Cookies have a section of their own; only address, browser and device are called anonymous (HH-05)."""
    assert customer(HOSTER).on("2019-03-01").collects("cookies").broken() == NOTHING


def test_hh_02_is_kept_by_erasing_contact_data_after_the_last_service() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-05-02").erases(store="crm")

    assert story.broken() == NOTHING


def test_hh_02_is_kept_by_erasing_what_nobody_has_to_give() -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-05-02").erases(store="mailing")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("activity", ["account", "order", "invoice", "support"])
def test_hh_02_is_broken_by_asking_as_a_choice_what_one_must_give(activity: str) -> None:
    story = customer(HOSTER).on("2019-03-01").collects(activity, "pd:Name", necessity="OPTIONAL")

    assert story.broken() == {("HH-02", "must-asked-as-choice")}
    assert story.severities() == {"must-asked-as-choice": "WARNING"}


def test_hh_02_is_kept_by_news_that_one_need_not_ask_for() -> None:
    assert customer(HOSTER).on("2019-03-01").collects("newsletter", necessity="OPTIONAL").broken() == NOTHING


def test_hh_02_is_broken_by_erasing_contact_data_while_a_service_runs() -> None:
    story = customer(HOSTER).on("2019-05-01").erases(store="crm")

    assert story.broken() == {("HH-02", "erasure-while-service-runs")}


def test_hh_02_is_broken_when_one_of_two_services_still_runs() -> None:
    story = customer(HOSTER).reaches("SERVICE_STARTED", "service-2").on("2019-05-01").leaves().on("2019-05-02").erases(store="crm")

    assert story.broken() == {("HH-02", "erasure-while-service-runs")}


def test_hh_03_is_kept_by_mail_about_outages_after_news_was_switched_off() -> None:
    story = customer(HOSTER).collects("newsletter").mails(NEWS).on("2019-03-01").objects(NEWS).on("2019-03-02").mails(OUTAGES)

    assert story.broken() == NOTHING


@pytest.mark.parametrize("purpose", [NEWS, "ledger:Newsletter", "dpv:DirectMarketing", "dpv:Marketing", *ADVERTISING])
def test_hh_03_is_broken_by_news_of_products_after_it_was_switched_off(purpose: str) -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").objects(purpose).on("2019-03-02").mails(purpose)

    assert ("HH-03", "use-after-objection") in story.broken()


@pytest.mark.parametrize("wider", ["dpv:DirectMarketing", "dpv:Marketing"])
def test_hh_03_is_broken_by_news_after_an_objection_to_all_marketing(wider: str) -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").objects(wider, channel="email").on("2019-03-02").mails(NEWS)

    assert story.broken() == {("HH-03", "use-after-objection")}


def test_hh_04_is_kept_by_logging_between_login_and_logout() -> None:
    story = in_session().on("2019-03-01T10:05").collects("portal_session", ref="session-1").on("2019-03-01T10:30").reaches("LOGGED_OUT", "session-1")

    assert story.broken() == NOTHING


def test_hh_04_is_broken_by_logging_after_logout() -> None:
    story = in_session().on("2019-03-01T10:30").reaches("LOGGED_OUT", "session-1").on("2019-03-01T10:31").collects("portal_session", ref="session-1")

    assert story.broken() == {("HH-04", "entry-outside-session")}


@pytest.mark.parametrize("entry", ["pd:IPAddress", "ledger:SessionLog"])
def test_hh_04_is_broken_by_passing_the_log_on_whoever_was_told(entry: str) -> None:
    story = told_of("analyst-one").on("2019-03-01").shares("analyst-one", "software_supplier", entry)

    assert story.broken() == {("HH-04", "prohibited-share")}


def test_hh_04_is_kept_by_statistics_of_unknown_visitors_for_the_firm_that_counts() -> None:
    story = Story(HOSTER, "dataset-1").on("2019-02-01").collects("site_statistics").tells("recipient", "counter-one").on("2019-03-01")

    assert story.shares("counter-one", "analytics", "pd:IPAddress", purpose="ledger:SiteStatistics").broken() == NOTHING


def test_hh_04_is_silent_about_how_long_the_log_is_kept() -> None:
    story = in_session().collects("portal_session", ref="session-1").leaves()

    assert "portal" not in {where for _, where in story.due("2059-12-31")}
    assert story.why("portal") == {"no term stated"}
    assert story.remarks("HH-04") == ("silent", "no term is stated for the log itself")


def test_hh_05_is_kept_by_statistics_of_unknown_visitors() -> None:
    story = customer(HOSTER).of("dataset-2019-03-01").on("2019-03-01").collects("site_statistics")

    assert story.broken() == NOTHING


def test_hh_05_is_broken_by_statistics_linked_to_a_customer() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("site_statistics")

    assert story.broken() == {("HH-05", "anonymous-data-linked")}


def test_hh_05_is_silent_about_the_ip_address_in_its_anonymous_statistics() -> None:
    story = customer(HOSTER).of("dataset-2019-03-01").on("2019-03-01").collects("site_statistics")

    assert ("web", "pd:IPAddress") in story.held()
    assert story.remarks("HH-05") == ("silent", "the statistics are called anonymous, though an IP address is personal data")


def test_hh_06_is_kept_by_giving_the_payment_provider_what_a_payment_needs() -> None:
    story = told_of("psp-one").on("2019-03-01").collects("payment", ref="invoice-1").shares("psp-one", "payment_provider", ref="invoice-1")

    assert story.broken() == NOTHING


def test_hh_06_is_broken_by_payment_data_for_another_purpose() -> None:
    story = told_of("psp-one").on("2019-03-01").shares("psp-one", "payment_provider", purpose="dpv:CustomerSolvencyMonitoring")

    assert story.broken() == {("HH-06", "share-for-other-purpose")}


def test_hh_07_is_kept_by_using_the_account_for_the_account() -> None:
    story = customer(HOSTER).on("2019-03-01").uses("dpv:AccountManagement", "pd:Name").looks_at("pd:Name", ticket_ref="ticket-1")

    assert story.broken() == NOTHING


def test_hh_07_is_kept_by_a_look_up_that_says_who_and_why() -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at("pd:Name", actor="role:staff", ticket_ref="ticket-1")
    name, fields = story.log[-1]

    assert (name, fields["actor"], fields["purpose"], fields["ticket_ref"]) == ("DataConsulted", "role:staff", "dpv:CustomerCare", "ticket-1")
    assert story.broken() == NOTHING


def test_hh_07_is_kept_by_what_the_customer_agreed_to() -> None:
    """Consent is a ground of its own for another purpose (GDPR Art. 6(4))."""
    story = customer(HOSTER).on("2019-03-01").consents("dpv:Advertising").on("2019-03-02").uses("dpv:Advertising", "pd:Name")

    assert story.broken() == NOTHING


def test_hh_07_is_broken_by_using_the_account_for_advertising() -> None:
    story = customer(HOSTER).on("2019-03-01").uses("dpv:Advertising", "pd:Name")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}


def test_hh_07_is_broken_by_an_advertisement_from_the_fiscal_archive() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("fiscal_archive", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")
    story.on("2019-03-02").uses("dpv:Marketing", "pd:PhysicalAddress", channel="post")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}


def test_hh_07_is_broken_by_marketing_from_the_session_log() -> None:
    story = in_session().on("2019-03-01T10:05").collects("portal_session", ref="session-1")
    story.on("2019-03-02").uses("dpv:Marketing", "pd:IPAddress", "ledger:SessionLog")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}


def test_hh_07_is_broken_by_using_what_was_erased_whoever_agreed() -> None:
    story = customer(HOSTER).consents("dpv:Advertising").on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE")
    story.on("2019-03-02").erases(store="crm").on("2019-04-02").uses("dpv:Advertising", "pd:Name").uses("dpv:AccountManagement", "pd:Name")

    assert story.broken() == {("HH-07", "use-for-other-purpose")}
    assert story.count_found("use-for-other-purpose") == 2


def test_hh_07_is_broken_by_looking_somebody_up_for_nothing() -> None:
    """The text says "in principle": it is noted, no more."""
    story = customer(HOSTER).on("2019-03-01").looks_at("pd:Name")

    assert story.broken() == {("HH-07", "look-up-without-reason")}
    assert story.severities() == {"look-up-without-reason": "NOTE"}


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


def test_hh_15_is_kept_by_an_account_that_goes_two_years_after_the_last_service() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves()
    assert story.due("2021-05-01T11:59:59+02:00") == NOTHING
    assert story.due("2021-05-01T12:00:00+02:00") == {("HH-15", "crm")}

    story.clock("2021-05-01T12:00:00+02:00").on("2021-05-02").erases(store="crm").clock("2021-06-01")

    assert story.obligations("MET") == {("HH-15", "crm")}
    assert story.late() == story.broken() == NOTHING


def test_hh_15_is_kept_by_waiting_for_the_end_of_a_new_service() -> None:
    story = customer(HOSTER).on("2019-02-28").leaves().on("2019-12-01").reaches("SERVICE_STARTED", "service-2")
    assert story.due("2059-12-31") == NOTHING

    story.on("2020-02-29").reaches("SERVICE_ENDED", "service-2")

    assert story.due("2022-02-28T11:59:59+01:00") == NOTHING
    assert story.due("2022-02-28T12:00:00+01:00") == {("HH-15", "crm")}


@pytest.mark.parametrize(("activity", "store"), WITH_THE_ACCOUNT)
def test_hh_15_is_kept_by_all_that_goes_with_the_account(activity: str, store: str) -> None:
    story = customer(HOSTER).collects(activity, ref="order-1").on("2019-05-01").leaves()

    assert story.due("2021-05-01T11:59:59+02:00") == NOTHING
    assert story.due("2021-05-01T12:00:00+02:00") == {("HH-15", "crm"), ("HH-15", store)}


def held_until_may() -> Story:
    """Nobody looked between March and May 2022; in between a legal hold ended, long after the two years."""
    story = customer(HOSTER).on("2020-03-01").leaves().on("2021-01-01").tell("HoldPlaced", hold_ref="hold-1", kind="LEGAL_HOLD")
    return story.clock("2022-03-02").on("2022-05-01").tell("HoldReleased", hold_ref="hold-1", kind="LEGAL_HOLD")


def test_hh_15_is_kept_within_a_week_of_the_release_of_a_hold_however_long_nobody_looked() -> None:
    assert held_until_may().clock("2022-05-02").clock("2022-05-08T11:59:59").overdue() == NOTHING


def test_hh_15_is_broken_a_week_after_the_release_of_a_hold() -> None:
    for story in (held_until_may(), held_until_may().clock("2022-05-02")):
        assert story.clock("2022-05-08T12:00").overdue() == {("HH-15", "overdue-erasure")}


def test_hh_15_is_broken_by_an_account_that_stays() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().clock("2021-05-01T12:00:00+02:00").clock("2021-05-08T11:59:59+02:00")
    assert story.late() == NOTHING

    story.clock("2021-05-08T12:00:00+02:00")

    assert story.late() == {("HH-15", "crm")}


def invoiced() -> Story:
    """An invoice of the last hour of 2018 in Amsterdam, put away off-line."""
    story = Story(HOSTER).on("2018-06-07").opens_account().on("2018-12-31T23:30:00+01:00")
    return story.collects("fiscal_archive", ref="invoice-1").reaches("INVOICE_ISSUED", "invoice-1")


def test_hh_15_is_broken_by_erasing_the_account_in_the_two_years() -> None:
    story = customer(HOSTER).on("2019-03-01").leaves().on("2021-03-01T11:59:59").erases(store="crm", because_of="RETENTION")

    assert story.broken() == {("HH-15", "erased-too-early")}


def test_hh_15_is_kept_by_erasing_the_account_in_the_two_years_on_request() -> None:
    story = customer(HOSTER).on("2019-03-01").leaves().asks("ERASURE", identity_check="DONE").on("2019-03-02").erases(store="crm")

    assert story.broken() == NOTHING


def test_hh_15_is_kept_by_erasing_what_is_no_account_in_the_two_years() -> None:
    """"dan blijft je klant-account in tact": of the rest it says that it goes."""
    story = customer(HOSTER).collects("support").on("2019-03-01").leaves().on("2019-03-02").erases(store="helpdesk")

    assert story.broken() == NOTHING


def test_hh_16_is_broken_by_erasing_the_archive_in_the_seven_years_even_on_request() -> None:
    story = customer(HOSTER).on("2019-02-01").collects("fiscal_archive", ref="inv-1").reaches("INVOICE_ISSUED", "inv-1").on("2019-03-01").leaves()

    story.asks("ERASURE", identity_check="DONE").on("2026-12-31T23:59:59").erases(store="offline-archive")

    assert story.broken() == {("HH-16", "erased-too-early")}


def test_hh_16_is_kept_by_invoices_that_stay_for_the_fiscal_term_and_then_go() -> None:
    story = invoiced()
    assert story.due("2025-12-31T23:59:59+01:00") == NOTHING
    assert story.due("2026-01-01T00:00:00+01:00") == {("HH-16", "offline-archive")}

    story.clock("2026-01-01").on("2026-01-03").reaches("SERVICE_ENDED", "service-1").erases(store="offline-archive").clock("2026-02-01")

    assert story.obligations("MET") == {("HH-16", "offline-archive")}
    assert story.late() == story.broken() == NOTHING


def test_hh_16_is_kept_by_each_invoice_that_stays_its_own_term() -> None:
    story = invoiced().on("2019-01-01T00:30:00+01:00").collects("fiscal_archive", ref="invoice-2").reaches("INVOICE_ISSUED", "invoice-2")
    story.clock("2026-01-01").reaches("SERVICE_ENDED", "service-1").erases(store="offline-archive", ref="invoice-1")
    story.clock("2026-12-31T23:59:59+01:00")
    assert story.obligations("MET") == {("HH-16", "offline-archive")}
    assert story.obligations("OPEN") == NOTHING

    assert story.clock("2027-01-01T00:00:00+01:00").obligations("OPEN") == {("HH-16", "offline-archive")}


def test_hh_16_is_kept_by_a_request_that_leaves_the_invoices() -> None:
    story = invoiced().on("2019-05-01").leaves().erases(store="crm").asks("ERASURE", identity_check="DONE")

    assert story.obligations("OPEN") == NOTHING


def test_hh_16_is_broken_by_invoices_that_stay_after_it() -> None:
    story = invoiced().clock("2026-01-01T00:00:00+01:00").clock("2026-01-08T00:00:00+01:00")

    assert story.late() == {("HH-16", "offline-archive")}


def test_hh_18_is_kept_by_erasing_at_once_all_but_the_invoices() -> None:
    story = invoiced().on("2019-05-01").leaves().on("2019-05-02").asks("ERASURE", identity_check="DONE")
    assert story.obligations("OPEN") == {("HH-18", "crm")}

    story.on("2019-05-02T13:00").erases(store="crm").clock("2019-08-01")

    assert story.late() == story.broken() == NOTHING
    assert {store for store, _ in story.held()} == {"offline-archive"}


def test_hh_18_is_broken_by_leaving_the_account_where_it_is() -> None:
    story = customer(HOSTER).on("2019-05-01").leaves().asks("ERASURE", identity_check="DONE")

    assert story.clock("2019-05-08T11:59:59").late() == NOTHING
    assert story.clock("2019-05-08T12:00").late() == {("HH-18", "crm")}
    assert ("HH-18", "overdue-erasure") in story.overdue()


def test_hh_18_is_kept_by_counting_from_the_end_of_the_service() -> None:
    story = customer(HOSTER).on("2019-05-01").asks("ERASURE", identity_check="DONE").on("2019-05-20").reaches("SERVICE_ENDED", "service-1")

    assert story.clock("2019-05-27T11:59:59").late() == NOTHING
    assert story.clock("2019-05-27T12:00").late() == {("HH-18", "crm")}


def test_hh_18_is_kept_where_a_recipient_has_the_month_of_the_law() -> None:
    story = customer(HOSTER).tells("recipient", "sidn").shares("sidn", "registry", ref="order-1").on("2019-05-01").leaves()
    story.asks("ERASURE", identity_check="DONE").erases().clock("2019-05-30")

    assert story.late() == NOTHING
    assert story.obligations("OPEN") == {("GDPR-17", "sidn")}


@pytest.mark.parametrize("answered", [False, True], ids=["never answered", "said to be exported"])
def test_hh_19_is_broken_by_erasing_before_the_export(answered: bool) -> None:
    story = wants_an_export().erases()
    if answered:
        story.on("2019-06-12").answers("FULFILLED")

    assert story.broken() == {("HH-19", "erased-before-export")}


def test_hh_19_is_kept_by_erasing_what_is_left_elsewhere_or_not_asked_for() -> None:
    assert wants_an_export("pd:TelephoneNumber").erases().broken() == NOTHING
    assert wants_an_export().collects("support", "pd:Name", "pd:EmailAddress").erases(store="helpdesk").broken() == NOTHING


def test_hh_19_is_kept_by_an_export_before_the_erasure() -> None:
    assert wants_an_export().answers("FULFILLED").on("2019-06-12").erases().broken() == NOTHING


def wants_an_export(*categories: str) -> Story:
    """Who left wants the data along, and erased."""
    story = customer(HOSTER).on("2019-06-03").leaves().asks("PORTABILITY", identity_check="DONE", categories=list(categories))
    return story.asks("ERASURE", request_ref="request-2", identity_check="DONE").on("2019-06-11")


def test_hh_20_is_silent_about_what_is_in_time() -> None:
    assert customer(HOSTER).remarks("HH-20") == ("silent", '"in time" has no measure')


def test_hh_21_is_kept_by_looking_at_a_site_when_abuse_is_likely() -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at("ledger:HostedContent", purpose="ledger:AbuseInvestigation", incident_ref="abuse-1")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("content", ["ledger:HostedContent", "ledger:DatabaseContent"])
def test_hh_21_is_broken_by_looking_at_a_site_without_a_case(content: str) -> None:
    story = customer(HOSTER).on("2019-03-01")
    story.looks_at(content, purpose="ledger:AbuseInvestigation", ticket_ref="ticket-1", permission_ref="permission-1")

    assert story.broken() == {("HH-21", "look-up-without-reason")}


@pytest.mark.parametrize("purpose", ["dpv:Marketing", "dpv:CustomerCare"])
def test_hh_21_is_broken_by_looking_at_a_site_for_something_else_whatever_the_case(purpose: str) -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at("ledger:HostedContent", purpose=purpose, incident_ref="incident-1")

    assert story.broken() == {("HH-21", "prohibited-look-up")}


@pytest.mark.parametrize("purpose", ["dpv:RightsFulfilment", "dpv:LegalCompliance", "ledger:BreachInvestigation", "dpv:IdentityVerification"])
def test_hh_07_is_kept_by_using_data_for_what_the_law_asks(purpose: str) -> None:
    assert customer(HOSTER).on("2020-01-01").uses(purpose, "pd:Name").broken() == NOTHING


def test_hh_03_is_broken_by_news_on_a_channel_that_is_not_told() -> None:
    story = customer(HOSTER).collects("newsletter").on("2019-03-01").objects(NEWS, channel="email").on("2019-03-02").uses(NEWS)

    assert story.broken() == {("HH-03", "use-after-objection")}


def test_hh_02_is_kept_by_tidying_up_while_the_service_runs() -> None:
    """The question goes, the account with the same name and address stays."""
    story = customer(HOSTER).on("2019-03-01").collects("support", "pd:Name", "pd:EmailAddress", ref="question-1").on("2020-03-01")

    assert story.erases(store="helpdesk", ref="question-1").broken() == NOTHING
    assert ("HH-02", "erasure-while-service-runs") in story.on("2020-03-02").erases(store="crm").broken()


@pytest.mark.parametrize("mail", ["pd:EmailContent", "ledger:MailboxContent", "ledger:CommunicationContent"])
def test_hh_21_is_broken_by_reading_mail_whatever_the_reason(mail: str) -> None:
    story = customer(HOSTER).on("2019-03-01").looks_at(mail, purpose="ledger:AbuseInvestigation", incident_ref="abuse-1")

    assert story.broken() == {("HH-21", "prohibited-look-up")}


@pytest.mark.parametrize("mail", ["pd:EmailContent", "ledger:MailboxContent", "ledger:CommunicationContent"])
def test_hh_21_is_broken_by_using_or_passing_on_what_mail_says(mail: str) -> None:
    used = customer(HOSTER).on("2019-03-01").uses("dpv:PersonalisedAdvertising", mail)
    shared = told_of("analyst-one").on("2019-03-01").shares("analyst-one", "software_supplier", mail, purpose="dpv:ServiceUsageAnalytics")

    assert ("HH-21", "prohibited-use") in used.broken()
    assert ("HH-21", "prohibited-share") in shared.broken()


@pytest.mark.parametrize("content", ["ledger:HostedContent", "ledger:DatabaseContent"])
def test_hh_21_is_broken_by_watching_what_is_on_a_site(content: str) -> None:
    used = customer(HOSTER).on("2019-03-01").uses("dpv:MisusePreventionAndDetection", content)
    shared = told_of("analyst-one").on("2019-03-01").shares("analyst-one", "software_supplier", content, purpose="dpv:Marketing")

    assert ("HH-21", "prohibited-use") in used.broken()
    assert ("HH-21", "prohibited-share") in shared.broken()


def test_hh_21_is_kept_by_keeping_mail_and_sites_for_the_customer() -> None:
    """A supplier that stores them reads nothing; an expert looks into abuse; a court may order mail."""
    story = told_of("storage-one").on("2019-03-01").shares("storage-one", "hosting", "ledger:MailboxContent", "ledger:HostedContent")
    story.shares("storage-one", "hosting", "ledger:HostedContent", purpose="ledger:AbuseInvestigation")
    story.shares("court-one", "court", "pd:EmailContent", "ledger:HostedContent", disclosure_ground="court_order")

    assert story.broken() == NOTHING


def test_hh_22_is_kept_by_server_logs_against_abuse() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").uses("dpv:MisusePreventionAndDetection", "ledger:ServerLog")

    assert story.broken() == NOTHING


def test_hh_22_is_kept_whatever_somebody_else_does_with_logs_of_its_own() -> None:
    assert customer(HOSTER).on("2019-03-01").uses("dpv:Marketing", "ledger:ServerLog", by="nobody").broken() == {("HH-08", "use-for-other-purpose")}


def test_hh_22_is_broken_by_server_logs_for_marketing() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").uses("dpv:Marketing", "ledger:ServerLog")

    assert story.broken() == {("HH-22", "use-for-other-purpose"), ("HH-07", "use-for-other-purpose")}


def test_hh_22_is_silent_about_how_long_server_logs_are_kept() -> None:
    story = customer(HOSTER).on("2019-03-01").collects("server_logs").leaves()

    assert "logs" not in {where for _, where in story.due("2059-12-31")}
    assert story.why("logs") == {"no term stated"}
    assert story.remarks("HH-22") == ("silent", "no term is stated for server logs")


def test_hh_10_is_kept_by_passing_on_statistics_of_people_whom_nobody_could_tell() -> None:
    shared = {"purpose": "ledger:SiteStatistics", "agreement": "dpa-1"}
    story = Story("hostinghuis").on("2019-03-01").of("dataset-2019-03").shares("stats-one", "analytics", "pd:BrowserFingerprint", **shared)

    assert "HH-10" not in {promise for promise, _ in story.broken()}
    assert ("HH-10", "share-without-notice") in story.of("s1").shares("stats-one", "analytics", "pd:BrowserFingerprint", **shared).broken()
