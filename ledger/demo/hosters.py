"""The five hosters as the demo knows them: what they collect under which activity, and who gets data from them.

Pure tables, in the words of the published policies (`ledger/policies/`). A test folds whole lives under those policies: nothing but what was
planted breaks a promise. Recipients that a statement names keep their name; the others have none. Source: the five privacy statements.
"""

from __future__ import annotations

from typing import NamedTuple

CONTRACT, CONSENT, LAW, INTEREST = "eu-gdpr:A6-1-b", "eu-gdpr:A6-1-a", "eu-gdpr:A6-1-c", "eu-gdpr:A6-1-f"
FISCAL = "nl-awr-52"
CONTACT = ("pd:Name", "pd:PhysicalAddress", "pd:TelephoneNumber", "pd:EmailAddress")
HOLDER_RECORD = ("pd:Name", "pd:PhysicalAddress", "pd:EmailAddress")
REGISTRATION, ISSUANCE, PAYMENT, NEWSLETTER, NEWS = (
    "ledger:DomainRegistration",
    "ledger:CertificateIssuance",
    "dpv:PaymentManagement",
    "ledger:Newsletter",
    "ledger:ProductNews",
)


class Collection(NamedTuple):
    """One kind of collection, by terms of `schemas/vocabulary/`. statute: only where the law demands the data."""

    activity: str
    store: str
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    occasion: str
    legal_basis: str = CONTRACT
    statute: str | None = None
    origin: str = "DATA_SUBJECT"
    necessity: str = "REQUIRED"


class Recipient(NamedTuple):
    """A party that gets data. extensions: the domains it serves; safeguard: what makes a transfer outside the EU lawful."""

    name: str
    role: str
    country: str
    extensions: tuple[str, ...] = ()
    safeguard: str | None = None


class Agreement(NamedTuple):
    """A processing agreement (verwerkersovereenkomst) with a recipient. until: the first day without it, or None."""

    recipient: str
    categories: tuple[str, ...]
    purposes: tuple[str, ...]
    until: str | None = None


class Hoster(NamedTuple):
    """One controller. collections: by the demo's own word for them; a word that is missing means that the hoster does not do it.

    chains: domain extension -> who gets the holder's data, each from the one before. invoice_by_order: its invoices carry the order's ref.
    sends: purpose of its mailings, and whether they go by consent or until an objection. agreements: with those who work for it,
    at Sohosted with all companies it works with (SO-09). holder_record: what goes along the chain of a domain.
    asks_consent: whether questions to it rest on consent (SO-04). payment_record: what the one who handles payments gets, as the statement has it.
    """

    name: str
    collections: dict[str, tuple[Collection, ...]]
    chains: dict[str, tuple[str, ...]]
    authority: str | None = None
    payments: str | None = None
    mailer: str | None = None
    sends: tuple[str, str] | None = None
    invoice_by_order: bool = False
    keeps_account: bool = False
    agreements: tuple[Agreement, ...] = ()
    holder_record: tuple[str, ...] = HOLDER_RECORD
    asks_consent: bool = False
    payment_record: tuple[str, ...] = ("pd:Name", "pd:Transaction")


SIDN = Recipient("sidn", "registry", "NL", ("nl",))
EURID = Recipient("eurid", "registry", "BE", ("eu",))
VERISIGN = Recipient("verisign", "registry", "US", ("com", "net"), "eu-gdpr:A49-1-b")
OPENPROVIDER = Recipient("openprovider", "registrar", "NL", ("com", "net", "eu"))
REGISTRAR_ONE = Recipient("registrar-one", "registrar", "NL", ("com", "net"))
CA_ONE = Recipient("ca-one", "certificate_authority", "BE")
CA_TWO = Recipient("ca-two", "certificate_authority", "GB", (), "eu-gdpr:A45-3")
CLOUD_ONE = Recipient("cloud-one", "hosting", "US", (), "ledger:PrivacyShield")
CLOUD_TWO = Recipient("cloud-two", "hosting", "NL")
PSP_ONE = Recipient("psp-one", "payment_provider", "NL")
MAILER_ONE = Recipient("mailer-one", "mailing", "IE")
_ALL = (SIDN, EURID, VERISIGN, OPENPROVIDER, REGISTRAR_ONE, CA_ONE, CA_TWO, CLOUD_ONE, CLOUD_TWO, PSP_ONE, MAILER_ONE)
RECIPIENTS = {each.name: each for each in _ALL}

NEVER = {REGISTRAR_ONE.name: ("ERASE",), PSP_ONE.name: ("RECTIFY",)}
"""Holder -> the kinds of obligations that it never answers."""
LATE = {CA_TWO.name: ("ERASE",), "sohosted": ("NOTIFY_AUTHORITY",)}
"""Holder -> the kinds that it leaves lying until they are overdue."""

_NL = {"nl": ("sidn",)}
HOSTING = "dpv:RequestedServiceProvision"
_MAIL = Agreement("mailer-one", ("pd:EmailAddress",), (NEWSLETTER,))
_CLOUD_ONE = Agreement("cloud-one", ("pd:Name", "pd:EmailAddress"), (HOSTING,))
_DOMAINS = tuple(Agreement(each, HOLDER_RECORD, (REGISTRATION,)) for each in ("sidn", "eurid", "openprovider"))
_PAYMENTS = Agreement("psp-one", ("pd:Name", "ledger:PaymentData"), (PAYMENT,))
_CLOUD_TWO = Agreement("cloud-two", ("pd:Name", "pd:EmailAddress"), (HOSTING,), "2021-06-01")

MIJNDOMEIN = Hoster(
    "mijndomein",
    {
        "account": (
            Collection("account", "crm", ("dpv:AccountManagement",), (*CONTACT, "pd:Username"), "account_opening"),
            Collection(
                "agreement",
                "crm",
                ("dpv:EstablishContractualAgreement",),
                ("pd:Name", "pd:PhysicalAddress", "ledger:ContractData"),
                "account_opening",
                LAW,
                FISCAL,
            ),
        ),
        "order": (
            Collection("order", "shop", ("dpv:CustomerOrderManagement",), (*CONTACT, "ledger:OrderHistory"), "order", CONTRACT, FISCAL),
        ),
        "domain": (Collection("domain_registration", "dns", (REGISTRATION,), (*CONTACT, "ledger:DomainName"), "domain_application"),),
        "invoice": (
            Collection(
                "invoice",
                "billing",
                ("ledger:FiscalRecordKeeping",),
                ("pd:Name", "pd:PhysicalAddress", "ledger:InvoiceNumber", "ledger:InvoiceData"),
                "invoice",
                LAW,
                FISCAL,
            ),
        ),
        "enquiry": (
            Collection(
                "support", "helpdesk", ("dpv:CustomerCare",), ("pd:Name", "pd:EmailAddress", "ledger:ConversationContent"), "question", CONTRACT,
                None, "DATA_SUBJECT", "OPTIONAL",
            ),
        ),
        "session": (
            Collection("portal_session", "portal", ("ledger:LoginOverview",), ("pd:IPAddress",), "login", CONTRACT, None, "OBSERVED"),
        ),
        "newsletter": (
            Collection(
                "newsletter", "mailing", (NEWSLETTER,), ("pd:Name", "pd:EmailAddress"), "newsletter_signup", CONSENT, None, "DATA_SUBJECT",
                "OPTIONAL",
            ),
        ),
        "suppression": (
            Collection(
                "suppression", "suppression", ("ledger:MarketingSuppression",), ("pd:Name", "pd:EmailAddress", "ledger:SuppressionEntry"),
                "other_contact", INTEREST,
            ),
        ),
        "segments": (
            Collection(
                "data_combination", "marketing", ("ledger:DataCombination",), ("ledger:DemographicSegment", "ledger:GeographicSegment"),
                "outside_source", INTEREST, None, "THIRD_PARTY", "OPTIONAL",
            ),
        ),
    },
    {**_NL, "eu": ("eurid",), "com": ("openprovider", "verisign")},
    payments="psp-one",
    mailer="mailer-one",
    sends=(NEWSLETTER, "consent"),
    agreements=(_MAIL, _CLOUD_ONE),
)  # fmt: skip

HOSTINGHUIS = Hoster(
    "hostinghuis",
    {
        "account": (Collection("account", "crm", ("dpv:AccountManagement",), CONTACT, "account_opening"),),
        "order": (Collection("order", "shop", ("dpv:CustomerOrderManagement",), CONTACT, "order"),),
        "domain": (Collection("domain_registration", "dns", (REGISTRATION,), CONTACT, "domain_application"),),
        "invoice": (
            Collection("invoice", "billing", ("ledger:Invoicing",), ("pd:Name", "pd:PhysicalAddress", "pd:EmailAddress"), "invoice"),
            Collection(
                "fiscal_archive", "offline-archive", ("ledger:FiscalRecordKeeping",), ("pd:Name", "pd:PhysicalAddress"), "invoice", LAW, FISCAL
            ),
        ),
        "enquiry": (Collection("support", "helpdesk", ("ledger:EnquiryHandling",), ("pd:Name", "pd:EmailAddress"), "question"),),
        "session": (
            Collection(
                "portal_session", "portal", ("ledger:IntrusionDetection",), ("pd:IPAddress", "ledger:SessionLog"), "login", INTEREST, None, "OBSERVED"
            ),
        ),
        "newsletter": (
            Collection("newsletter", "mailing", (NEWS,), ("pd:Name", "pd:EmailAddress"), "order", INTEREST, None, "DATA_SUBJECT", "OPTIONAL"),
        ),
    },
    {**_NL, "eu": ("openprovider", "eurid"), "com": ("openprovider", "verisign")},
    payments="psp-one",
    payment_record=("pd:Name", "pd:BankAccount"),
    sends=(NEWS, "objection"),
    keeps_account=True,
)

WEBHOSTER = Hoster(
    "webhoster",
    {
        "account": (Collection("account", "administration", ("dpv:AccountManagement",), CONTACT, "account_opening"),),
        "order": (Collection("order", "administration", ("dpv:CustomerOrderManagement",), (*CONTACT, "ledger:OrderHistory"), "order"),),
        "domain": (
            Collection("domain_registration", "administration", (REGISTRATION,), (*CONTACT, "ledger:DomainName"), "domain_application"),
        ),
        "certificate": (
            Collection(
                "certificate", "administration", (ISSUANCE,), ("pd:Name", "pd:PhysicalAddress", "ledger:CertificateSubject"),
                "certificate_application",
            ),
        ),
        "invoice": (Collection("invoice", "administration", ("ledger:Invoicing",), ("pd:Name", "ledger:InvoiceNumber"), "invoice"),),
        "visitors": (
            Collection(
                "visitor_traffic", "traffic-logs", ("ledger:BreachInvestigation",),
                ("ledger:VisitorTraffic", "ledger:RequestedPath", "pd:UserAgent", "pd:IPAddress"), "service_use", INTEREST, None, "OBSERVED",
            ),
        ),
    },
    {**_NL, "eu": ("eurid",), "com": ("registrar-one", "verisign")},
    authority="ca-two",
)  # fmt: skip

SMALLHOLD = Hoster(
    "smallhold",
    {
        "account": (Collection("account", "crm", ("dpv:AccountManagement",), ("ledger:CompanyName", *CONTACT), "account_opening"),),
        "order": (Collection("order", "shop", ("dpv:CustomerOrderManagement",), CONTACT, "order"),),
        "domain": (Collection("domain_registration", "dns", (REGISTRATION,), CONTACT, "domain_application"),),
        "certificate": (Collection("certificate", "dns", (ISSUANCE,), CONTACT, "certificate_application"),),
        "invoice": (Collection("invoice", "billing", ("ledger:Invoicing",), CONTACT, "invoice"),),
        "visitors": (
            Collection(
                "server_logs", "logs", ("ledger:IntrusionDetection",), ("pd:IPAddress", "pd:UserAgent", "ledger:VisitTime"), "service_use", INTEREST,
                None, "OBSERVED",
            ),
        ),
    },
    {**_NL, "eu": ("eurid",), "com": ("openprovider", "verisign")},
    authority="ca-one",
    holder_record=("pd:Name", "pd:PhysicalAddress"),
)  # fmt: skip

SOHOSTED = Hoster(
    "sohosted",
    {
        "account": (Collection("account", "crm", ("dpv:AccountManagement",), (*CONTACT, "ledger:BillingAddress", "pd:Username"), "account_opening"),),
        "order": (Collection("order", "shop", ("dpv:CustomerOrderManagement",), (*CONTACT, "ledger:DomainName"), "order"),),
        "domain": (Collection("domain_registration", "dns", (REGISTRATION,), (*CONTACT, "ledger:DomainName"), "domain_application"),),
        "invoice": (Collection("invoice", "billing", ("ledger:Invoicing",), ("pd:Name", "ledger:BillingAddress"), "invoice"),),
        "enquiry": (
            Collection(
                "enquiry", "helpdesk", ("ledger:EnquiryHandling",), ("pd:Name", "pd:EmailAddress"), "contact_form", CONSENT, None, "DATA_SUBJECT",
                "OPTIONAL",
            ),
        ),
        "look_up": (
            Collection("look_up_log", "logs", ("ledger:AccountabilityRecord",), ("ledger:LookUpLog",), "other_contact", INTEREST, None, "OBSERVED"),
        ),
        "session": (
            Collection(
                "portal_actions", "portal", ("ledger:EvidenceOfActions",), ("pd:IPAddress", "ledger:PortalAction"), "portal_action", CONTRACT, None,
                "OBSERVED",
            ),
        ),
        "newsletter": (
            Collection("newsletter", "mailing", (NEWSLETTER,), ("pd:EmailAddress",), "newsletter_signup", CONSENT, None, "DATA_SUBJECT", "OPTIONAL"),
        ),
        "news": (
            Collection("marketing", "mailing", (NEWS,), ("pd:Name", "pd:EmailAddress"), "order", INTEREST, None, "DATA_SUBJECT", "OPTIONAL"),
        ),
    },
    {**_NL, "eu": ("eurid",), "com": ("openprovider", "verisign")},
    payments="psp-one",
    mailer="mailer-one",
    sends=(NEWSLETTER, "consent"),
    invoice_by_order=True,
    agreements=(_MAIL, _CLOUD_TWO, *_DOMAINS, _PAYMENTS),
    payment_record=_PAYMENTS.categories,
    asks_consent=True,
)  # fmt: skip

HOSTERS = (MIJNDOMEIN, HOSTINGHUIS, WEBHOSTER, SMALLHOLD, SOHOSTED)
