"""What a statement announces is no breach of it, and what it does not announce still is: channels, purposes, data and recipients in its own words."""

from __future__ import annotations

import pytest

from tests.promises.stories import Story, customer

NOTHING: set[tuple[str, str]] = set()
MD, HH, WH, SH, SO = "mijndomein", "hostinghuis", "webhoster", "smallhold", "sohosted"
NEWS, DIRECT, TARGETED, SOCIAL = "ledger:ProductNews", "dpv:DirectMarketing", "dpv:TargetedAdvertising", "dpv:SocialMediaMarketing"
SERVICE, FRAUD, BETTER_SITES = "dpv:RequestedServiceProvision", "dpv:FraudPreventionAndDetection", "dpv:ImproveExistingProductsAndServices"
DOMAIN, CERTIFICATE, SOLVENCY = "ledger:DomainRegistration", "ledger:CertificateIssuance", "dpv:CustomerSolvencyMonitoring"
REACHED_BY = [("phone", "pd:TelephoneNumber"), ("sms", "pd:TelephoneNumber"), ("whatsapp", "pd:TelephoneNumber"), ("post", "pd:PhysicalAddress")]
ADDRESS = ("pd:PhysicalAddress", "pd:City")


def member(hoster: str) -> Story:
    return customer(hoster).on("2019-03-01")


# -- Mijndomein


@pytest.mark.parametrize("purpose", ["ledger:Invoicing", "dpv:EnforceAccessControl", "dpv:ServicePersonalisation", DIRECT])
def test_md_02_is_kept_by_an_account_for_what_the_text_says_it_is_for(purpose: str) -> None:
    """ "om te factureren", "dat er geen onbevoegden bij jouw omgevingen kunnen komen", "beter op je voorkeuren afstemmen"."""
    assert member(MD).collects("account", "pd:Name", purposes=[purpose]).broken() == NOTHING


def test_md_02_is_broken_by_an_account_to_watch_who_can_pay() -> None:
    assert member(MD).collects("account", "pd:Name", purposes=[SOLVENCY]).broken() == {("MD-02", "undeclared-purpose")}


@pytest.mark.parametrize("purpose", [FRAUD, SERVICE, "dpv:CustomerOrderManagement", TARGETED])
def test_md_05_is_kept_by_cookies_that_remember_an_order_or_a_login_or_advertise(purpose: str) -> None:
    assert member(MD).collects("site_use", "ledger:Cookie", purposes=[purpose]).broken() == NOTHING


def test_md_05_is_broken_by_cookies_to_watch_who_can_pay() -> None:
    assert member(MD).collects("site_use", "ledger:Cookie", purposes=[SOLVENCY]).broken() == {("MD-05", "undeclared-purpose")}


def test_md_06_is_kept_by_combining_what_it_has_itself_with_segments() -> None:
    story = member(MD).collects("order", ref="order-1").collects("data_combination").on("2019-04-01")

    assert story.uses("ledger:DataCombination", "pd:Name", "ledger:OrderHistory", "ledger:GeographicSegment").broken() == NOTHING


def test_md_06_is_broken_by_combining_its_own_data_after_an_objection() -> None:
    story = member(MD).collects("data_combination").objects("ledger:DataCombination").on("2019-04-01").uses("ledger:DataCombination", "pd:Name")

    assert story.broken() == {("MD-06", "use-after-objection")}


@pytest.mark.parametrize(("activity", "category"), [("order", "ledger:OrderHistory"), ("site_use", "ledger:SiteUse"), ("account", "pd:Name")])
@pytest.mark.parametrize("purpose", [NEWS, DIRECT, "dpv:Marketing", BETTER_SITES])
def test_md_07_is_kept_by_offers_and_better_sites_from_visits_orders_and_the_account(activity: str, category: str, purpose: str) -> None:
    """ "Als je onze site bezoekt, bij ons bestelt of ons liket, onthouden we wat je nodig hebt."""
    story = member(MD).collects(activity, ref="order-1").on("2019-04-01").uses(purpose, category, channel="email")

    assert story.broken() == NOTHING


def test_md_07_is_kept_by_advertisements_from_what_was_ordered() -> None:
    assert member(MD).collects("order", ref="order-1").on("2019-04-01").uses(TARGETED, "ledger:OrderHistory").broken() == NOTHING


def test_md_07_is_broken_by_offers_from_a_payment() -> None:
    story = member(MD).collects("payment", ref="order-1").on("2019-04-01").uses(DIRECT, "pd:Transaction", channel="email")

    assert story.broken() == {("MD-07", "use-for-other-purpose")}


def test_md_07_is_broken_by_offers_from_what_was_collected_for_the_order_alone() -> None:
    """Who is not told that it is for offers too was told another purpose."""
    story = member(MD).collects("order", "ledger:OrderHistory", purposes=["dpv:CustomerOrderManagement"], ref="order-1")

    assert story.on("2019-04-01").uses(DIRECT, "ledger:OrderHistory", channel="email").broken() == {("MD-07", "use-for-other-purpose")}


def test_md_09_is_kept_by_the_changes_in_the_overview() -> None:
    assert member(MD).collects("portal_session", "pd:IPAddress", "ledger:PortalAction", ref="session-1").broken() == NOTHING


def test_md_09_is_broken_by_where_who_logs_in_is() -> None:
    story = member(MD).collects("portal_session", "pd:IPAddress", "ledger:LocationData", ref="session-1")

    assert story.broken() == {("MD-09", "undeclared-category")}


@pytest.mark.parametrize(("channel", "category"), REACHED_BY)
def test_md_11_is_kept_by_targeted_information_on_each_channel_that_the_text_names(channel: str, category: str) -> None:
    """ "per e-mail, telefoon, post en/ of SMS of via WhatsApp": it needs a number or an address."""
    story = member(MD).collects("newsletter", "pd:Name", category).on("2019-04-01").uses(DIRECT, category, channel=channel)

    assert story.broken() == NOTHING


def test_md_11_is_broken_by_a_bank_account_for_targeted_information() -> None:
    assert member(MD).collects("newsletter", "pd:Name", "pd:BankAccount").broken() == {("MD-11", "undeclared-category")}


@pytest.mark.parametrize(("channel", "category"), REACHED_BY)
def test_md_20_is_kept_by_the_number_and_address_of_the_account(channel: str, category: str) -> None:
    assert member(MD).collects("account").on("2019-04-01").uses(DIRECT, category, channel=channel).broken() == NOTHING


@pytest.mark.parametrize(("channel", "category"), REACHED_BY)
def test_md_20_is_broken_on_each_of_these_channels_once_one_objects(channel: str, category: str) -> None:
    story = member(MD).collects("account").objects(DIRECT, channel=channel).on("2019-04-01").uses(DIRECT, category, channel=channel)

    assert story.broken() == {("MD-20", "use-after-objection")}


@pytest.mark.parametrize(("recipient", "role", "purpose"), [
    ("google", "advertising", TARGETED), ("instagram", "advertising", "dpv:PersonalisedAdvertising"), ("instagram", "social_media", TARGETED),
    ("youtube", "social_media", SERVICE),
])  # fmt: skip
def test_md_25_is_kept_by_targeted_advertising_and_by_buttons_to_share_with(recipient: str, role: str, purpose: str) -> None:
    """ "voor gerichte reclame", "op bijvoorbeeld Facebook en Instagram", buttons "zodat je eenvoudig informatie over ons [...] kunt delen"."""
    assert member(MD).shares(recipient, role, "ledger:Cookie", purpose=purpose).broken() == NOTHING


@pytest.mark.parametrize(("role", "purpose"), [("advertising", TARGETED), ("social_media", SERVICE)])
def test_md_25_is_broken_by_the_same_with_facebook_without_permission(role: str, purpose: str) -> None:
    assert member(MD).shares("facebook", role, "ledger:Cookie", purpose=purpose).broken() == {("MD-25", "share-without-consent")}


@pytest.mark.parametrize(("recipient", "purpose", "rule"), [
    ("google", SOLVENCY, "share-for-other-purpose"), ("tiktok", TARGETED, "share-with-unnamed-recipient"),
])  # fmt: skip
def test_md_25_is_broken_by_another_purpose_or_another_network(recipient: str, purpose: str, rule: str) -> None:
    assert member(MD).shares(recipient, "advertising", "ledger:Cookie", purpose=purpose).broken() == {("MD-25", rule)}


def test_md_15_is_kept_by_a_registry_of_which_the_register_says_no_extension() -> None:
    """Nobody can tell which is its own: a gap in the register, and no act."""
    story = member(MD).registers("sidn", "registry", country="NL").on("2019-04-01")

    assert story.shares("sidn", "registry", ref="order-1", product="be", country="NL").broken() == NOTHING


def test_md_15_is_broken_by_it_once_the_register_says_that_it_is_another() -> None:
    story = member(MD).registers("sidn", "registry", country="NL", extensions=["nl"]).on("2019-04-01")

    assert story.shares("sidn", "registry", ref="order-1", product="be", country="NL").broken() == {("MD-15", "share-outside-extension")}


# -- HostingHuis


@pytest.mark.parametrize("activity", ["order", "domain_registration"])
def test_hh_01_is_kept_by_the_name_of_the_domain_that_is_asked_for(activity: str) -> None:
    assert member(HH).collects(activity, "pd:Name", "ledger:DomainName", ref="domain-1").broken() == NOTHING


@pytest.mark.parametrize("activity", ["invoice", "fiscal_archive"])
def test_hh_01_is_kept_by_an_invoice_with_its_number(activity: str) -> None:
    story = member(HH).collects(activity, "pd:Name", "ledger:InvoiceNumber", "ledger:InvoiceData", ref="invoice-1", statute="nl-awr-52")

    assert story.broken() == NOTHING


def test_hh_01_is_kept_by_cookies_that_tell_how_the_website_is_used() -> None:
    """ "informatie te verzamelen over het gebruik van de website"."""
    assert member(HH).collects("cookies", "ledger:Cookie", "ledger:SiteUse").broken() == NOTHING


@pytest.mark.parametrize("activity", ["order", "domain_registration", "cookies"])
def test_hh_01_is_broken_by_a_date_of_birth(activity: str) -> None:
    assert member(HH).collects(activity, "pd:BirthDate", ref="domain-1").broken() == {("HH-01", "undeclared-category")}


@pytest.mark.parametrize("purpose", [NEWS, "ledger:ServiceNotice"])
@pytest.mark.parametrize(("channel", "category"), [*REACHED_BY, ("post", "pd:PostalCode")])
def test_hh_03_is_kept_by_news_and_outages_by_any_means(channel: str, category: str, purpose: str) -> None:
    """ "Contact met jou over storingen, meldingen, nieuwe diensten etc.": not by mail alone."""
    assert member(HH).collects("newsletter", category).on("2019-04-01").uses(purpose, category, channel=channel).broken() == NOTHING


def test_hh_03_is_broken_by_a_bank_account_for_the_news() -> None:
    assert member(HH).collects("newsletter", "pd:BankAccount").broken() == {("HH-03", "undeclared-category")}


@pytest.mark.parametrize(("channel", "category"), REACHED_BY)
def test_hh_03_is_broken_by_news_on_any_channel_after_it_was_switched_off(channel: str, category: str) -> None:
    story = member(HH).collects("newsletter", category).objects(NEWS).on("2019-04-01").uses(NEWS, category, channel=channel)

    assert story.broken() == {("HH-03", "use-after-objection")}


@pytest.mark.parametrize("purpose", [NEWS, "ledger:Invoicing"])
def test_hh_07_is_kept_by_the_account_for_bills_and_for_news_of_products(purpose: str) -> None:
    """ "om de diensten in rekening te kunnen brengen", "om je als klant van haar (nieuwe) producten en diensten op de hoogte te houden"."""
    assert member(HH).uses(purpose, "pd:Name", "pd:EmailAddress").broken() == NOTHING


def test_hh_07_is_broken_by_the_account_used_for_targeted_advertising() -> None:
    assert member(HH).uses(TARGETED, "pd:Name").broken() == {("HH-07", "use-for-other-purpose")}


@pytest.mark.parametrize("role", ["registry", "registrar"])
def test_hh_08_is_kept_by_the_name_of_the_domain(role: str) -> None:
    assert member(HH).tells("recipient", "sidn").shares("sidn", role, "pd:Name", "ledger:DomainName", ref="domain-1").broken() == NOTHING


@pytest.mark.parametrize("role", ["registry", "registrar"])
def test_hh_08_is_broken_by_a_bank_account_for_a_domain(role: str) -> None:
    story = member(HH).tells("recipient", "sidn").shares("sidn", role, "pd:BankAccount", "ledger:DomainName", ref="domain-1")

    assert story.broken() == {("HH-08", "share-of-other-category")}


def test_hh_09_is_kept_by_analytics_that_make_the_website_better() -> None:
    """ "Met deze informatie kan HostingHuis de website en haar dienstverlening verbeteren"."""
    assert member(HH).tells("recipient", "google").shares("google", "analytics", "ledger:Cookie", purpose=BETTER_SITES).broken() == NOTHING


def test_hh_09_is_broken_by_analytics_that_also_advertise() -> None:
    story = member(HH).tells("recipient", "google").shares("google", "analytics", "ledger:Cookie", purpose=TARGETED)

    assert story.broken() == {("HH-09", "share-for-other-purpose")}


def test_hh_22_is_kept_by_a_log_that_has_the_browser_which_the_list_names() -> None:
    assert member(HH).collects("server_logs", "ledger:ServerLog", "pd:IPAddress", "pd:UserAgent").broken() == NOTHING


def test_hh_22_is_broken_by_a_log_that_has_the_mail_itself() -> None:
    assert member(HH).collects("server_logs", "pd:EmailContent").broken() == {("HH-22", "undeclared-category")}


# -- Webhoster


@pytest.mark.parametrize("purpose", ["ledger:Invoicing", DOMAIN, "dpv:ServiceRegistration", CERTIFICATE])
def test_wh_01_is_kept_by_the_account_as_the_basis_for_bills_domains_and_certificates(purpose: str) -> None:
    """ "voor de facturatie van de afgenomen diensten en als basisgegevens voor het aanvragen van domeinnamen en SSL certificaten"."""
    assert member(WH).collects("account", "pd:Name", purposes=[purpose]).uses(purpose, "pd:Name").broken() == NOTHING


def test_wh_01_is_broken_by_an_account_to_watch_who_can_pay() -> None:
    assert member(WH).collects("account", "pd:Name", purposes=[SOLVENCY]).broken() == {("WH-01", "undeclared-purpose")}


@pytest.mark.parametrize("product", ["ov", "ev"])
def test_wh_05_is_kept_by_a_supplier_of_certificates_who_is_called_what_the_text_calls_him(product: str) -> None:
    """ "doorgezet naar onze leverancier"."""
    story = member(WH).shares("reseller", "supplier", "pd:Name", *ADDRESS, "ledger:Certificate", purpose=CERTIFICATE, product=product, ref="cert-1")

    assert story.broken() == NOTHING


@pytest.mark.parametrize(("category", "product", "ref", "rule"), [
    ("pd:City", "dv", "cert-1", "prohibited-share"), ("pd:Name", "dv", "cert-1", "prohibited-share"),
    ("pd:City", None, "cert-1", "share-without-product"), ("pd:Name", None, "cert-1", "share-without-product"),
    ("pd:Name", "ov", None, "share-without-ref"),
])  # fmt: skip
def test_wh_05_is_broken_by_that_supplier_where_it_is_by_an_authority(category: str, product: str | None, ref: str | None, rule: str) -> None:
    for role in ("supplier", "certificate_authority"):
        story = member(WH).shares("reseller", role, category, purpose=CERTIFICATE, product=product, ref=ref)
        assert story.broken() == {("WH-05", rule)}


def test_wh_03_is_broken_by_a_supplier_who_gets_data_for_something_else() -> None:
    story = member(WH).shares("reseller", "supplier", purpose=SOLVENCY, product="ev", ref="cert-1")

    assert ("WH-03", "share-for-other-purpose") in story.broken()


def test_wh_03_is_broken_by_a_supplier_of_domains_without_a_domain() -> None:
    assert member(WH).shares("reseller", "supplier", purpose=DOMAIN).broken() == {("WH-03", "share-without-ref")}


def with_supplier() -> Story:
    """A domain and an EV certificate, both through one supplier."""
    story = member(WH).reaches("DOMAIN_REGISTERED", "domain-1").reaches("CERTIFICATE_ISSUED", "cert-1")
    story.shares("reseller", "supplier", purpose=DOMAIN, ref="domain-1")
    return story.shares("reseller", "supplier", purpose=CERTIFICATE, product="ev", ref="cert-1").on("2020-03-01")


def test_wh_06_is_kept_when_the_supplier_erases_what_it_had_for_the_certificate() -> None:
    story = with_supplier().reaches("CERTIFICATE_EXPIRED", "cert-1").clock("2020-03-02")
    assert story.obligations("OPEN") == {("WH-06", "reseller")}

    story.on("2020-03-03").erases(by="reseller", ref="cert-1").clock("2020-06-01")

    assert (story.obligations("MET"), story.overdue()) == ({("WH-06", "reseller")}, NOTHING)


def test_wh_06_is_broken_by_a_supplier_that_keeps_it() -> None:
    story = with_supplier().reaches("CERTIFICATE_EXPIRED", "cert-1").clock("2020-03-02").clock("2020-06-01")

    assert story.overdue() == {("WH-06", "overdue-erasure")}


def test_wh_04_is_kept_by_a_supplier_whose_certificate_lasts_longer_than_the_domain() -> None:
    assert with_supplier().reaches("DOMAIN_ENDED", "domain-1").due("2020-03-02") == {("WH-04", "reseller")}


# -- Smallhold


@pytest.mark.parametrize("activity", ["order", "domain_registration", "certificate"])
def test_sh_01_is_kept_by_the_name_of_the_domain_that_is_asked_for(activity: str) -> None:
    assert member(SH).collects(activity, "pd:Name", "ledger:DomainName", ref="order-1").broken() == NOTHING


@pytest.mark.parametrize("activity", ["account", "order"])
def test_sh_01_is_kept_by_billing_with_the_same_data(activity: str) -> None:
    """ "Diezelfde gegevens hebben we ook nodig voor de facturatie van onze diensten."""
    assert member(SH).collects(activity, "pd:Name", purposes=["ledger:Invoicing"], ref="order-1").broken() == NOTHING


def test_sh_01_is_kept_by_an_invoice_with_its_number() -> None:
    assert member(SH).collects("invoice", "pd:Name", "ledger:InvoiceNumber", "ledger:InvoiceData", ref="invoice-1").broken() == NOTHING


@pytest.mark.parametrize("activity", ["order", "domain_registration", "certificate", "invoice"])
def test_sh_01_is_broken_by_a_date_of_birth(activity: str) -> None:
    assert member(SH).collects(activity, "pd:BirthDate", ref="order-1").broken() == {("SH-01", "undeclared-category")}


@pytest.mark.parametrize("role", ["registry", "registrar", "intermediary", "supplier", "partner"])
def test_sh_05_is_kept_by_the_name_of_the_domain_and_by_partners_who_take_part(role: str) -> None:
    """ "delen met één van onze partners/leveranciers": whoever takes part in the registration, whatever he is called."""
    story = member(SH).registers("one", role, country="NL", extensions=["nl"]).on("2019-04-01")
    story.shares("one", role, "pd:Name", "ledger:DomainName", purpose=DOMAIN, ref="order-1", product="nl")

    assert story.broken() == NOTHING


@pytest.mark.parametrize("role", ["supplier", "partner"])
@pytest.mark.parametrize(("how", "rule"), [
    ({"ref": None}, "share-without-ref"), ({"product": "com"}, "share-outside-extension"), ({"purpose": SERVICE}, "share-for-other-purpose"),
])  # fmt: skip
def test_sh_05_is_broken_by_a_partner_who_takes_no_part(role: str, how: dict[str, str], rule: str) -> None:
    story = member(SH).registers("one", role, country="NL", extensions=["nl"]).on("2019-04-01")
    story.shares("one", role, "pd:Name", **{"purpose": DOMAIN, "ref": "order-1", "product": "nl"} | how)

    assert story.broken() == {("SH-05", rule)}


def test_sh_05_is_kept_by_a_registry_of_which_the_register_says_no_extension() -> None:
    story = member(SH).registers("sidn", "registry", country="NL").on("2019-04-01")

    assert story.shares("sidn", "registry", "pd:Name", ref="order-1", product="be").broken() == NOTHING


def test_sh_05_is_broken_by_it_once_the_register_says_that_it_is_another() -> None:
    story = member(SH).registers("sidn", "registry", country="NL", extensions=["nl"]).on("2019-04-01")

    assert story.shares("sidn", "registry", "pd:Name", ref="order-1", product="be").broken() == {("SH-05", "share-outside-extension")}


def test_sh_08_is_kept_by_logs_for_measures_against_who_endangers_the_network() -> None:
    """ "om hier vervolgens maatregelen tegen te treffen"."""
    assert member(SH).collects("server_logs", "pd:IPAddress", purposes=["dpv:EnforceSecurity"]).broken() == NOTHING


def test_sh_08_is_broken_by_logs_that_are_kept_for_advertising() -> None:
    assert member(SH).collects("server_logs", "pd:IPAddress", purposes=[TARGETED]).broken() == {("SH-08", "undeclared-purpose")}


@pytest.mark.parametrize("country", ["NL", None])
def test_sh_10_is_kept_by_a_store_in_the_netherlands_that_nobody_declared(country: str | None) -> None:
    """What is promised is the country: that the register lacks the store is another matter."""
    story = member(SH).collects("hosting", store="webserver-2", country=country, ref="service-1")

    assert (story.broken(), story.severities()) == ({("X-04", "undeclared-store")}, {"undeclared-store": "WARNING"})


def test_sh_10_is_broken_by_a_store_abroad_that_nobody_declared() -> None:
    story = member(SH).collects("hosting", store="webserver-2", country="DE", ref="service-1")

    assert story.broken() == {("X-04", "undeclared-store"), ("SH-10", "store-in-other-country")}


# -- Sohosted


def test_so_02_is_kept_by_an_order_that_handles_its_payment() -> None:
    """ "In het kader van het afhandelen van de betaling en bestelling, bewaren wij ook jouw betaalgegevens"."""
    assert member(SO).collects("order", "ledger:PaymentData", purposes=["dpv:PaymentManagement"], ref="order-1").broken() == NOTHING


def test_so_02_is_kept_by_an_invoice_with_its_number() -> None:
    assert member(SO).collects("invoice", "pd:Name", "ledger:InvoiceNumber", "ledger:InvoiceData", ref="order-1").broken() == NOTHING


def test_so_02_is_broken_by_an_order_for_marketing() -> None:
    assert member(SO).collects("order", "pd:Name", purposes=[DIRECT], ref="order-1").broken() == {("SO-02", "undeclared-purpose")}


def test_so_03_is_kept_by_a_bank_account_which_is_payment_data() -> None:
    assert member(SO).collects("portal_actions", "pd:BankAccount", "ledger:PortalAction").broken() == NOTHING


def test_so_03_is_broken_by_location_in_the_portal() -> None:
    assert member(SO).collects("portal_actions", "ledger:LocationData").broken() == {("SO-03", "undeclared-category")}


def test_so_04_is_kept_by_the_question_itself() -> None:
    """ "ons vragen stellen of aanvragen doen", and "bij vervolgvragen de informatie er makkelijk bij pakken"."""
    story = Story(SO).on("2019-03-01").consents("ledger:EnquiryHandling").on("2019-03-02")
    story.collects("enquiry", "pd:EmailAddress", "ledger:ConversationContent", "ledger:ContactMoment", purposes=["ledger:EnquiryHandling"])

    assert story.broken() == NOTHING


def test_so_04_is_broken_by_a_bank_account_in_the_form() -> None:
    story = Story(SO).on("2019-03-01").consents("ledger:EnquiryHandling").on("2019-03-02")

    found = story.collects("enquiry", "pd:BankAccount", purposes=["ledger:EnquiryHandling"]).broken()
    assert found == {("SO-04", "undeclared-category")}
