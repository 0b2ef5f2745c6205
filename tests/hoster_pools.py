"""What random histories of each hoster draw from: the roles, purposes, categories and places that its rules are about. Data only."""

from __future__ import annotations

from dataclasses import dataclass

from tests.naive_judging.law import TELECOM_RETENTION

ACTS = ("collect", "share", "use", "send", "consult", "erase")
MAILINGS = ("ledger:Newsletter", "ledger:ProductNews", "dpv:DirectMarketing", "dpv:Marketing")
ADVERTISING = ("dpv:Advertising", "dpv:PersonalisedAdvertising", "dpv:TargetedAdvertising", "dpv:SocialMediaMarketing")
CONTACT = ("pd:Name", "pd:EmailAddress", "pd:PhysicalAddress")
SAFEGUARDS = (
    None, "eu-gdpr:A46-2-c", "ledger:PrivacyShield", "ledger:ProcessingAgreement", "ledger:SafeHarbour", "ledger:DataPrivacyFramework",
    "eu-gdpr:A49-1-b", "eu-gdpr:A45-3", "no-such-safeguard",
)  # fmt: skip
COUNTRIES = (None, "NL", "US", "US", "US", "IN", "JP", "CH", "GB")
GROUNDS = ("legal_obligation", "court_order", "debt_collection", "trademark_claim", "pressing_reason")
MESSAGES = ("ledger:CommunicationContent", "pd:EmailContent", "ledger:MailboxContent")
SITES = ("ledger:HostedContent", "ledger:DatabaseContent")


@dataclass(frozen=True, kw_only=True)
class Pools:
    """events: names of Writer's methods, as often as they shall come. rows: how many sends in a row."""

    events: tuple[str, ...]
    activities: tuple[str, ...]
    roles: tuple[str, ...]
    recipients: tuple[str, ...]
    sends: tuple[str, ...] = (*MAILINGS, "dpv:Advertising")
    rows: tuple[int, ...] = (2,)
    asked: tuple[str, ...] = MAILINGS
    objected: tuple[str, ...] = MAILINGS
    categories: tuple[str, ...] = (*MESSAGES[:1], "pd:IPAddress", "pd:BankAccount", "pd:Name")
    purposes: tuple[str, ...] = ("dpv:SellDataToThirdParties", "dpv:DirectMarketing")
    uses: tuple[str, ...] = ("dpv:AccountManagement", "dpv:SellDataToThirdParties")
    used: tuple[str, ...] = CONTACT
    looked_at: tuple[str, ...] = (*CONTACT[:1], *SITES, *MESSAGES)
    agreed: tuple[str, ...] = CONTACT
    agreed_purposes: tuple[str, ...] = ("dpv:CustomerCare", "dpv:ServiceRegistration", "dpv:PaymentManagement")
    products: tuple[str, ...] = ()
    countries: tuple[str | None, ...] = COUNTRIES
    safeguards: tuple[str | None, ...] = SAFEGUARDS
    statutes: tuple[str, ...] = ("nl-awr-52", TELECOM_RETENTION, "nl-no-such-law")
    grounds: tuple[str, ...] = ()
    disclosures: tuple[str, ...] = ()
    notices: tuple[str, ...] = ("recipient", "policy_change")
    milestones: tuple[str, ...] = ("SERVICE_STARTED", "SERVICE_ENDED", "INVOICE_ISSUED")


POOLS = {
    "mijndomein": Pools(
        events=(
            *("collect",) * 4, *("share",) * 5, *("use",) * 5, *("send",) * 3, *("objection",) * 4, *("consent",) * 4, *("agree",) * 3,
            *("register",) * 2, "consult", "erase", "answer", "tick",
        ),
        activities=("traffic", "justice_retention", *("data_combination",) * 6, "site_use", "suppression"),
        roles=("mailing", "registry", "social_media", "social_media", "supplier", "law_enforcement"), recipients=("facebook", "twitter", "acme"),
        products=("nl", "com", "NL"),
        sends=(*MAILINGS, *ADVERTISING, "ledger:DataCombination"),
        asked=("dpv:SocialMediaMarketing", "dpv:PersonalisedAdvertising"),
        objected=(*MAILINGS, *ADVERTISING, "ledger:DataCombination", "ledger:DataCombination"),
        categories=(*MESSAGES, "pd:Name"), uses=("dpv:AccountManagement", "ledger:MarketingSuppression", "dpv:SellDataToThirdParties"),
        used=("pd:Name", "ledger:SuppressionEntry", "ledger:SuppressionEntry"),
    ),
    "hostinghuis": Pools(
        events=(
            *("collect",) * 5, *("share",) * 6, *("use",) * 6, *("send",) * 2, *("objection",) * 2, *("notice",) * 3, *("milestone",) * 6,
            *("erase",) * 6, *("consult",) * 2, *("register",) * 2, "answer", "tick",
        ),
        activities=(*("portal_session",) * 5, "site_statistics", "account", "account", "newsletter", "newsletter", "server_logs"),
        roles=("supplier", "registry", "debt_collector", "court"), recipients=("openprovider", "google", "acme"),
        sends=(*MAILINGS, "dpv:Advertising"), objected=("ledger:ProductNews", "dpv:DirectMarketing", "dpv:Advertising"),
        categories=("pd:IPAddress", "ledger:SessionLog", "pd:Name"), uses=("ledger:ConnectionProblems", "dpv:ServiceRegistration"),
        used=("ledger:ServerLog", "ledger:ServerLog", "pd:Name"), grounds=GROUNDS,
        milestones=("LOGGED_IN", "LOGGED_IN", "LOGGED_OUT", "SERVICE_STARTED", "SERVICE_STARTED", "SERVICE_ENDED", "PAYMENT_OVERDUE"),
        notices=("recipient", "recipient", "policy_change"),
    ),
    "webhoster": Pools(
        events=(
            *("collect",) * 5, *("share",) * 5, *("use",) * 5, *("milestone",) * 3, *("erase",) * 4, *("consult",) * 4, *("register",) * 2,
            "answer", "tick",
        ),
        activities=("visitor_traffic", "visitor_traffic", "account"), roles=("certificate_authority", "certificate_authority", "registry"),
        recipients=("certs-one", "sidn"), purposes=("ledger:Administration", "ledger:ErrorAnalysis"),
        categories=("ledger:VisitorTraffic", "ledger:RequestedPath", "pd:Street", "pd:City"),
        uses=("ledger:BreachInvestigation", "ledger:ErrorAnalysis"), used=("ledger:VisitorTraffic", "ledger:RequestedPath", "pd:IPAddress"),
        looked_at=(*SITES, "pd:Name"), products=("dv", "DV", "ov", "EV", "nl"), milestones=("SERVICE_STARTED", "SERVICE_STARTED", "SERVICE_ENDED"),
    ),
    "smallhold": Pools(
        events=(
            *("collect",) * 4, *("share",) * 7, *("use",) * 4, *("send",) * 3, *("consent",) * 4, *("notice",) * 3, *("disclosure",) * 5,
            *("register",) * 3, "consult", "erase", "answer", "tick",
        ),
        activities=("server_logs", "account", "hosting"),
        roles=("registry", "registry", "intermediary", "court", "trademark_claimant", "law_enforcement", "mailing"),
        recipients=("sidn", "court-one"), purposes=("dpv:DirectMarketing", "ledger:ErrorAnalysis"),
        categories=("pd:BankAccount", "ledger:PayPalAccount", "pd:AccountIdentifier", "pd:Name"),
        uses=("ledger:ErrorAnalysis", "ledger:SiteStatistics"), used=("ledger:ServerLog", "ledger:ServerLog", "pd:PaymentCard", "pd:Name"),
        looked_at=("pd:Name", "pd:BankAccount"), products=("nl", "nl", "com"), disclosures=("d1", "d1", "d2"),
        notices=("disclosure", "disclosure_request", "recipient"),
    ),
    "sohosted": Pools(
        events=(
            *("collect",) * 3, *("share",) * 7, *("use",) * 2, *("send",) * 5, *("consent",) * 3, *("objection",) * 2, *("agree",) * 4,
            *("register",) * 2, *("request",) * 3, *("answer",) * 4, *("milestone",) * 5, "consult", "erase", "tick",
        ),
        activities=("newsletter", "marketing", "site_statistics", "look_up_log"), roles=("mailing", "analytics", "supplier", "law_enforcement"),
        recipients=("mailer-one", "google"), rows=(3, 7, 8), asked=("ledger:Newsletter", "ledger:Newsletter", "dpv:DirectMarketing"),
        objected=("ledger:ProductNews", "dpv:DirectMarketing"), categories=("pd:IPAddress", "pd:IPAddress", "pd:Name"),
        agreed=("ledger:AnonymisedIPAddress", "pd:Name", "pd:EmailAddress"),
        agreed_purposes=("ledger:SiteStatistics", "ledger:ProductNews", "ledger:Newsletter"), grounds=GROUNDS,
        milestones=("ACCOUNT_OPENED", "ACCOUNT_OPENED", "BECAME_CUSTOMER", "ACCOUNT_CLOSED", "CEASED_CUSTOMER"),
    ),
}  # fmt: skip
