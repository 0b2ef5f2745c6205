"""The rules of the five statements, typed from docs/judging.md section 5; must never be read from a policy file."""

from __future__ import annotations

from dataclasses import dataclass

COLLECT, SHARE, USE, CONSULT, ERASE, RECTIFY, ANSWER = "collect", "share", "use", "consult", "erase", "rectify", "answer"
ANY = (COLLECT, SHARE, USE, CONSULT)

SALE = ("dpv:SellDataToThirdParties",)
COMBINATION = ("ledger:DataCombination",)
SUPPRESSION = "ledger:MarketingSuppression"
NEWSLETTER, NEWS, DIRECT, MARKETING = "ledger:Newsletter", "ledger:ProductNews", "dpv:DirectMarketing", "dpv:Marketing"
MAILINGS = (DIRECT, MARKETING, NEWSLETTER, NEWS)

IP, SESSION_LOG, SERVER_LOG = "pd:IPAddress", "ledger:SessionLog", "ledger:ServerLog"
SITE_CONTENT = ("ledger:HostedContent", "ledger:DatabaseContent")
MESSAGES = ("ledger:CommunicationContent", "pd:EmailContent", "ledger:MailboxContent")
VISITORS = ("ledger:VisitorTraffic", "ledger:RequestedPath", "pd:UserAgent", "pd:IPAddress")
SERVICE = ("dpv:RequestedServiceProvision", "dpv:TechnicalServiceProvision")
ADVERTISING = ("dpv:SocialMediaMarketing", "dpv:Advertising", "dpv:PersonalisedAdvertising", "dpv:TargetedAdvertising")
ADDRESS = ("pd:PhysicalAddress", "pd:Street", "pd:HouseNumber", "pd:PostalCode", "pd:City")
REACHED = ("pd:Name", "ledger:CompanyName", "pd:EmailAddress", "pd:TelephoneNumber")
PAYMENT = (
    "pd:BankAccount", "pd:FinancialAccount", "pd:AccountIdentifier", "ledger:AccountHolder", "ledger:PayPalAccount", "pd:PaymentCard",
    "pd:PaymentCardNumber", "pd:PaymentCardExpiry", "ledger:PaymentData",
)  # fmt: skip

ANALYTICS_DATA = ("ledger:AnonymisedIPAddress", "ledger:SiteUse", "ledger:Cookie")
PROCESSORS = ("data_processor", "hosting", "mailing", "software_supplier", "supplier")
DEMANDED = ("legal_obligation", "court_order", "police_demand", "government_demand")
PRESSING = (*DEMANDED, "pressing_reason")
CONTROLLER, RECIPIENT = "controller", "recipient"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Data of an activity with a term. starts_at: what begins it; runs_while: what must have ended; statutory: to the end of the year."""

    activity: str
    starts_at: str
    runs_while: tuple[str, ...] = ()
    per_ref: bool
    statutory: bool = False
    years: int = 7


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row. A list left out bounds nothing. needs: one of them must be met; a prohibition has none and no cap."""

    promise: str
    acts: tuple[str, ...]
    needs: tuple[str, ...] = ()
    purposes: tuple[str, ...] | None = None
    no_purposes: tuple[str, ...] = ()  # "any purpose but"
    categories: tuple[str, ...] | None = None
    activities: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    no_roles: tuple[str, ...] = ()  # "any role but"
    recipients: tuple[str, ...] | None = None
    no_products: tuple[str, ...] = ()  # "any product but": of those that are named
    channels: tuple[str, ...] | None = None
    outcomes: tuple[str, ...] | None = None
    by: str | None = None
    grounds: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()  # to other purposes than that of the act
    at_most: int | None = None  # within a year
    kept: tuple[Kept, ...] = ()  # what has a term, of several the first that is over
    rights: tuple[str, ...] = ()  # the requests that an answer of this promise is about; of the law: those that no promise is about
    stated: tuple[str, ...] = ()  # the names, or the safeguards, that the statement gives for data outside the EU


FULFILLED = ("FULFILLED",)
FISCAL_OF_MIJNDOMEIN = (
    Kept(activity="invoice", starts_at="INVOICE_ISSUED", per_ref=True, statutory=True),
    Kept(activity="agreement", starts_at="CONTRACT_ENDED", runs_while=("CONTRACT_STARTED",), per_ref=True, statutory=True),
)
MIJNDOMEIN = (
    Rule(promise="MD-04", acts=(COLLECT,), activities=("traffic", "justice_retention"), categories=MESSAGES),
    Rule(promise="MD-06", acts=(COLLECT, USE), purposes=COMBINATION, needs=("no_objection",)),
    Rule(promise="MD-06", acts=(COLLECT, USE, SHARE), categories=("ledger:DemographicSegment", "ledger:GeographicSegment"),
         needs=("no_objection_to",), objections=COMBINATION),
    Rule(promise="MD-07", acts=(USE,), by=CONTROLLER, needs=("held_for_purpose",)),
    Rule(promise="MD-07", acts=(CONSULT,), needs=("held_for_purpose",)),
    Rule(promise="MD-11", acts=(USE, SHARE), purposes=("dpv:PersonalisedAdvertising", "dpv:TargetedAdvertising", "dpv:SocialMediaMarketing"),
         needs=("no_objection",)),
    Rule(promise="MD-12", acts=ANY, purposes=SALE),
    Rule(promise="MD-12", acts=(SHARE,), purposes=("dpv:SellInsightsFromData",)),
    Rule(promise="MD-13", acts=(SHARE,), roles=("registry", "registrar", "intermediary", "partner", "payment_provider"), needs=("service_ref",)),
    Rule(promise="MD-14", acts=(SHARE,), needs=("transfer",)),
    Rule(promise="MD-14", acts=(SHARE,), by=CONTROLLER, needs=("stated_safeguard",),
         stated=("ledger:PrivacyShield", "ledger:ProcessingAgreement", "eu-gdpr:A46-2-c", "eu-gdpr:A46-2-d", "eu-gdpr:A46-3-a")),
    Rule(promise="MD-15", acts=(SHARE,), roles=("registry",), needs=("extension",)),
    Rule(promise="MD-16", acts=(COLLECT,), needs=("statute_in_force",)),
    Rule(promise="MD-16", acts=(SHARE,), purposes=("ledger:JusticeRetention",), needs=("statute_in_force",)),
    Rule(promise="MD-20", acts=(USE,), purposes=(*MAILINGS, "dpv:Advertising"), needs=("no_objection",)),
    Rule(promise="MD-22", acts=(USE, SHARE), categories=("ledger:SuppressionEntry",), no_purposes=(SUPPRESSION,)),
    Rule(promise="MD-22", acts=(CONSULT,), categories=("ledger:SuppressionEntry",), needs=("held_for_purpose",)),
    Rule(promise="MD-21", acts=(ANSWER,), outcomes=("REFUSED", "PARTLY"), needs=("statute_cited",)),
    Rule(promise="MD-21", acts=(ERASE,), by=CONTROLLER, needs=("term_ended",), kept=FISCAL_OF_MIJNDOMEIN),
    Rule(promise="MD-22", acts=(ERASE,), by=CONTROLLER, needs=("objection_ended",)),
    Rule(promise="MD-18", acts=(ANSWER,), outcomes=FULFILLED, needs=("done",), rights=("RECTIFICATION",)),
    Rule(promise="MD-21", acts=(ANSWER,), outcomes=FULFILLED, needs=("done",), rights=("ERASURE",), kept=FISCAL_OF_MIJNDOMEIN),
    Rule(promise="MD-23", acts=(ANSWER,), outcomes=("REFUSED", "PARTLY"), needs=("reason",)),
    Rule(promise="MD-24", acts=(SHARE,), roles=(*PROCESSORS, "analytics"), needs=("agreement",)),
    Rule(promise="MD-24", acts=(USE, SHARE), by=RECIPIENT, needs=("held_for_purpose",)),
    Rule(promise="MD-25", acts=(SHARE,), recipients=("facebook", "twitter"), needs=("consent",)),
)  # fmt: skip
PARTNERS = ("registry", "registrar", "payment_provider", "supplier", "software_supplier", "hosting", "analytics")
AUTHORITIES = ("law_enforcement", "court", "government")
HOSTINGHUIS = (
    Rule(promise="HH-02", acts=(ERASE,), needs=("service_ended",), kept=tuple(
        Kept(activity=activity, starts_at="SERVICE_ENDED", runs_while=("SERVICE_STARTED",), per_ref=False, years=2)
        for activity in ("account", "order", "domain_registration", "invoice", "payment", "support", "newsletter")
    )),
    Rule(promise="HH-02", acts=(COLLECT,), activities=("account", "order", "invoice", "support"), needs=("asked_as_must",)),
    Rule(promise="HH-03", acts=(USE,), purposes=(*MAILINGS, *ADVERTISING), needs=("no_objection",)),
    Rule(promise="HH-04", acts=(COLLECT,), activities=("portal_session",), needs=("open_session",)),
    Rule(promise="HH-04", acts=(SHARE,), categories=(SESSION_LOG, "pd:AuthenticationHistory")),
    Rule(promise="HH-04", acts=(SHARE,), categories=(IP,), needs=("unlinked",)),
    Rule(promise="HH-05", acts=(COLLECT,), activities=("site_statistics",), needs=("unlinked",)),
    Rule(promise="HH-07", acts=(USE,), by=CONTROLLER, needs=("held_for_purpose",)),
    Rule(promise="HH-07", acts=(CONSULT,), needs=("held_for_purpose",)),
    Rule(promise="HH-07", acts=(CONSULT,), needs=("ticket", "incident", "permission")),
    Rule(promise="HH-08", acts=(SHARE,), roles=("registry", "registrar"), needs=("service_ref",)),
    Rule(promise="HH-08", acts=(USE, SHARE), by=RECIPIENT, needs=("held_for_purpose",)),
    Rule(promise="HH-10", acts=ANY, purposes=SALE),
    Rule(promise="HH-10", acts=(SHARE,), purposes=("dpv:SellInsightsFromData",)),
    Rule(promise="HH-10", acts=(SHARE,), by=CONTROLLER, roles=PARTNERS, needs=("prior_notice",)),
    Rule(promise="HH-10", acts=(SHARE,), by=CONTROLLER, no_roles=(*PARTNERS, *AUTHORITIES, "debt_collector"),
         needs=("prior_notice", "legal_ground"), grounds=PRESSING),
    Rule(promise="HH-11", acts=(SHARE,), roles=AUTHORITIES, needs=("legal_ground",), grounds=PRESSING),
    Rule(promise="HH-11", acts=(SHARE,), roles=("debt_collector",), needs=("legal_ground",), grounds=("debt_collection",)),
    Rule(promise="HH-11", acts=(SHARE,), roles=("debt_collector",), needs=("payment_overdue",)),
    Rule(promise="HH-11", acts=(SHARE,), roles=AUTHORITIES, needs=("not_refused",)),
    Rule(promise="HH-12", acts=(SHARE,), needs=("transfer",)),
    Rule(promise="HH-12", acts=(SHARE,), by=CONTROLLER, needs=("stated_recipient",), stated=("google", "cpanel", "openprovider")),
    Rule(promise="HH-15", acts=(ERASE,), by=CONTROLLER, needs=("term_ended",),
         kept=(Kept(activity="account", starts_at="SERVICE_ENDED", runs_while=("SERVICE_STARTED",), per_ref=False, years=2),)),
    Rule(promise="HH-16", acts=(ERASE,), by=CONTROLLER, needs=("term_ended",),
         kept=(Kept(activity="fiscal_archive", starts_at="INVOICE_ISSUED", per_ref=True, statutory=True),)),
    Rule(promise="HH-18", acts=(ANSWER,), outcomes=FULFILLED, needs=("done",), rights=("ERASURE",),
         kept=(Kept(activity="fiscal_archive", starts_at="INVOICE_ISSUED", per_ref=True, statutory=True),)),
    Rule(promise="HH-19", acts=(ERASE,), by=CONTROLLER, needs=("exported",)),
    Rule(promise="HH-21", acts=(CONSULT,), categories=MESSAGES),
    Rule(promise="HH-21", acts=(USE,), categories=MESSAGES, no_purposes=SERVICE),
    Rule(promise="HH-21", acts=(SHARE,), categories=MESSAGES, no_purposes=(*SERVICE, "ledger:LegalDisclosure")),
    Rule(promise="HH-21", acts=(USE,), categories=SITE_CONTENT, no_purposes=(*SERVICE, "ledger:AbuseInvestigation")),
    Rule(promise="HH-21", acts=(SHARE,), categories=SITE_CONTENT, no_purposes=(*SERVICE, "ledger:AbuseInvestigation", "ledger:LegalDisclosure")),
    Rule(promise="HH-21", acts=(CONSULT,), categories=SITE_CONTENT, needs=("incident",)),
    Rule(promise="HH-21", acts=(CONSULT,), categories=SITE_CONTENT,
         no_purposes=(*SERVICE, "ledger:AbuseInvestigation", "ledger:BreachInvestigation", "ledger:LegalDisclosure")),
    Rule(promise="HH-22", acts=(USE,), by=CONTROLLER, categories=(SERVER_LOG,), needs=("held_for_purpose",)),
    Rule(promise="HH-22", acts=(CONSULT,), categories=(SERVER_LOG,), needs=("held_for_purpose",)),
)  # fmt: skip
BOOKS = ("ledger:Administration", "ledger:Invoicing", "ledger:FiscalRecordKeeping", "dpv:AccountManagement")
CERTIFICATES = ("ledger:CertificateIssuance",)
WEBHOSTER = (
    Rule(promise="WH-02", acts=(SHARE,), purposes=BOOKS),
    Rule(promise="WH-03", acts=(SHARE,), roles=("registry", "registrar"), needs=("service_ref",)),
    Rule(promise="WH-03", acts=(SHARE,), roles=("supplier",), no_purposes=CERTIFICATES, needs=("service_ref",)),
    Rule(promise="WH-05", acts=(SHARE,), roles=("certificate_authority",), needs=("service_ref",)),
    Rule(promise="WH-05", acts=(SHARE,), roles=("certificate_authority",), categories=ADDRESS, needs=("product",)),
    Rule(promise="WH-05", acts=(SHARE,), roles=("certificate_authority",), categories=REACHED, needs=("product",)),
    Rule(promise="WH-05", acts=(SHARE,), roles=("certificate_authority",), no_products=("ov", "ev"), categories=ADDRESS),
    Rule(promise="WH-05", acts=(SHARE,), roles=("certificate_authority",), no_products=("ov", "ev"), categories=REACHED),
    Rule(promise="WH-05", acts=(SHARE,), roles=("supplier",), purposes=CERTIFICATES, needs=("service_ref",)),
    Rule(promise="WH-05", acts=(SHARE,), roles=("supplier",), purposes=CERTIFICATES, categories=(*ADDRESS, *REACHED), needs=("product",)),
    Rule(promise="WH-05", acts=(SHARE,), roles=("supplier",), purposes=CERTIFICATES, categories=(*ADDRESS, *REACHED), no_products=("ov", "ev")),
    Rule(promise="WH-07", acts=(COLLECT,), activities=("visitor_traffic",), needs=("own_record",)),
    Rule(promise="WH-08", acts=(SHARE,), categories=VISITORS, no_purposes=("ledger:BreachInvestigation", "dpv:LegalCompliance")),
    Rule(promise="WH-08", acts=(CONSULT,), categories=VISITORS, needs=("held_for_purpose",)),
    Rule(promise="WH-08", acts=(USE,), categories=VISITORS, needs=("held_for_purpose",)),
    Rule(promise="WH-09", acts=(CONSULT,), categories=SITE_CONTENT, purposes=("ledger:BreachInvestigation",), needs=("permission", "incident")),
    Rule(promise="WH-09", acts=(CONSULT,), categories=SITE_CONTENT, no_purposes=("ledger:BreachInvestigation",), needs=("permission",)),
    Rule(promise="WH-09", acts=(USE, SHARE), categories=SITE_CONTENT, no_purposes=(*SERVICE, "ledger:BreachInvestigation"), needs=("consent",)),
    Rule(promise="WH-11", acts=(ANSWER,), outcomes=FULFILLED, needs=("done",), rights=("RECTIFICATION", "ERASURE")),
    Rule(promise="WH-12", acts=(ERASE,), needs=("service_ended",), kept=(
        Kept(activity="certificate", starts_at="CERTIFICATE_EXPIRED", runs_while=("CERTIFICATE_ISSUED", "CERTIFICATE_RENEWED"), per_ref=True,
             years=0),
        *(Kept(activity=activity, starts_at=end, runs_while=(start,), per_ref=False, years=0)
          for activity in ("account", "order", "invoice", "payment", "domain_registration")
          for start, end in (("SERVICE_STARTED", "SERVICE_ENDED"), ("ACCOUNT_OPENED", "ACCOUNT_CLOSED"))),
    )),
)
CLAIMED = ("court", "law_enforcement", "government", "trademark_claimant")
REGISTERING = ("registry", "registrar", "intermediary", "certificate_authority", "supplier", "partner")
SMALLHOLD = (
    Rule(promise="SH-01", acts=(COLLECT,), categories=("ledger:CompanyName",), needs=("asked_as_choice",)),
    Rule(promise="SH-02", acts=ANY, categories=PAYMENT),
    Rule(promise="SH-03", acts=(ANSWER,), outcomes=FULFILLED, needs=("done",), rights=("RECTIFICATION",)),
    Rule(promise="SH-04", acts=(SHARE,), roles=("registry",), categories=("pd:EmailAddress", "pd:TelephoneNumber")),
    Rule(promise="SH-05", acts=(SHARE,), no_roles=(*REGISTERING, *CLAIMED, "supervisory_authority")),
    Rule(promise="SH-05", acts=(SHARE,), roles=REGISTERING, needs=("service_ref",)),
    Rule(promise="SH-05", acts=(SHARE,), roles=("registry", "registrar", "intermediary"), needs=("extension",)),
    Rule(promise="SH-05", acts=(SHARE,), roles=("supplier", "partner"), purposes=("ledger:DomainRegistration", "dpv:ServiceRegistration"),
         needs=("extension",)),
    Rule(promise="SH-06", acts=(SHARE,), needs=("transfer",)),
    Rule(promise="SH-07", acts=(SHARE,), roles=CLAIMED, needs=("decided",)),
    Rule(promise="SH-07", acts=(SHARE,), roles=CLAIMED, needs=("disclosure_notice",)),
    Rule(promise="SH-08", acts=(USE,), by=CONTROLLER, categories=(SERVER_LOG, IP, "pd:UserAgent", "ledger:VisitTime"), needs=("held_for_purpose",)),
    Rule(promise="SH-08", acts=(CONSULT,), categories=(SERVER_LOG, IP, "pd:UserAgent", "ledger:VisitTime"), needs=("held_for_purpose",)),
    Rule(promise="SH-09", acts=(USE,), purposes=(*MAILINGS, *ADVERTISING), needs=("consent",)),
    Rule(promise="SH-10", acts=(COLLECT,), activities=("hosting", "server_logs"), needs=("declared_country",)),
)
FISCAL_OF_SOHOSTED = (
    *(Kept(activity=activity, starts_at="ACCOUNT_CLOSED", runs_while=("ACCOUNT_OPENED",), per_ref=False, statutory=True, years=years)
      for activity, years in (("account", 7), ("portal_actions", 9))),
    *(Kept(activity=activity, starts_at="ORDER_COMPLETED", runs_while=("ORDER_PLACED",), per_ref=True, statutory=True)
      for activity in ("order", "domain_registration", "invoice", "payment")),
)
SOHOSTED = (
    Rule(promise="SO-04", acts=(COLLECT,), activities=("enquiry",), needs=("consent",)),
    Rule(promise="SO-05", acts=(COLLECT,), activities=("newsletter",), needs=("consent",)),
    Rule(promise="SO-05", acts=(USE, SHARE), purposes=(NEWSLETTER,), needs=("consent",)),
    Rule(promise="SO-07", acts=(USE,), purposes=(NEWS, DIRECT, MARKETING, *ADVERTISING), at_most=6),
    Rule(promise="SO-07", acts=(USE,), purposes=(NEWS, DIRECT, MARKETING, *ADVERTISING), needs=("customer",)),
    Rule(promise="SO-07", acts=(USE,), purposes=(NEWS, DIRECT, MARKETING, *ADVERTISING),
         channels=("phone", "post", "sms", "whatsapp", "social_media", "web", "portal", "app", "advertisement")),
    Rule(promise="SO-08", acts=(USE,), purposes=(NEWS, DIRECT, MARKETING, *ADVERTISING), needs=("no_objection",)),
    Rule(promise="SO-09", acts=(SHARE,), roles=(*PROCESSORS, "analytics"), needs=("agreement",)),
    Rule(promise="SO-09", acts=(SHARE,), by=CONTROLLER, needs=("agreement",),
         roles=("registry", "registrar", "certificate_authority", "payment_provider")),
    Rule(promise="SO-10", acts=ANY, purposes=SALE),
    Rule(promise="SO-10", acts=(SHARE,), purposes=("dpv:SellInsightsFromData",)),
    Rule(promise="SO-10", acts=(SHARE,), needs=("registered", "legal_ground"), grounds=DEMANDED),
    Rule(promise="SO-10", acts=(SHARE,), roles=AUTHORITIES, needs=("legal_ground",), grounds=DEMANDED),
    Rule(promise="SO-10", acts=(SHARE,), roles=AUTHORITIES, needs=("not_refused",)),
    Rule(promise="SO-11", acts=(SHARE,), roles=("analytics",), categories=(IP,)),
    Rule(promise="SO-11", acts=(SHARE,), no_roles=("analytics",), purposes=("ledger:SiteStatistics", "dpv:ServiceUsageAnalytics"),
         categories=(IP,)),
    Rule(promise="SO-11", acts=(USE, SHARE), by=RECIPIENT, categories=ANALYTICS_DATA, needs=("held_for_purpose",)),
    Rule(promise="SO-12", acts=(COLLECT,), activities=("look_up_log",), needs=("own_record",)),
    Rule(promise="SO-13", acts=(ANSWER,), outcomes=FULFILLED, needs=("done",), rights=("RECTIFICATION", "ERASURE", "CONSENT_WITHDRAWAL", "OBJECTION"),
         kept=FISCAL_OF_SOHOSTED),
    Rule(promise="SO-14", acts=(ANSWER,), outcomes=("FULFILLED", "PARTLY"), needs=("identity",)),
    Rule(promise="SO-14", acts=(ERASE, RECTIFY), by=CONTROLLER, needs=("identity",)),
)
FOR_EVERYONE = (
    Rule(promise="GDPR-5-1-b", acts=(USE, CONSULT), needs=("held_for_purpose",)),
    Rule(promise="GDPR-5-1-b", acts=(SHARE,), by=RECIPIENT, needs=("held_for_purpose",)),
    Rule(promise="GDPR-7-3", acts=(USE, SHARE), needs=("not_withdrawn", "consent")),
    Rule(promise="GDPR-21-3", acts=(USE, SHARE), purposes=(*MAILINGS, *ADVERTISING), needs=("no_objection",)),
    Rule(promise="X-04", acts=(SHARE,), needs=("registered_role",)),
    Rule(promise="GDPR-44", acts=(SHARE,), needs=("transfer",)),
    Rule(promise="GDPR-18", acts=(USE, SHARE), by=CONTROLLER, needs=("unrestricted",)),
    Rule(promise="GDPR-6-1-c", acts=(COLLECT,), needs=("statute_in_force",)),
    Rule(promise="GDPR-12-3", acts=(ANSWER,), outcomes=FULFILLED, needs=("done_by_law",)),
    Rule(promise="GDPR-12-4", acts=(ANSWER,), outcomes=("REFUSED", "PARTLY"), needs=("reason",)),
    Rule(promise="GDPR-17-3-b", acts=(ANSWER,), outcomes=("REFUSED", "PARTLY"), needs=("statute_cited",)),
)
STATEMENTS = {"mijndomein": MIJNDOMEIN, "hostinghuis": HOSTINGHUIS, "webhoster": WEBHOSTER, "smallhold": SMALLHOLD, "sohosted": SOHOSTED}


def own_rules_of(controller: str) -> tuple[Rule, ...]:
    return STATEMENTS.get(controller, ())
