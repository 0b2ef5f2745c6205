"""Promises broken on purpose, so that the demo can show how each is caught. Pure.

EXPECTED names what the judge must find for each, no more and no less; a test holds it to that. Promise ids: docs/promises.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.demo.hosters import CONTRACT, INTEREST, NEWS, NEWSLETTER, REGISTRATION
from ledger.demo.people import DAY, Customer, working_hour
from ledger.demo.strands import HOUR, Happening, happening, shared

Verdict = tuple[str, str]

EXPECTED: dict[str, tuple[Verdict, ...]] = {
    "sold": (("MD-12", "prohibited-share"), ("X-04", "undeclared-recipient-role")),
    "share_without_order": (("MD-13", "share-without-ref"),),
    "mail_after_objection": (("MD-20", "use-after-objection"), ("MD-07", "use-for-other-purpose")),
    "news_after_objection": (("HH-03", "use-after-objection"),),
    "session_log_shared": (("HH-04", "prohibited-share"), ("HH-10", "share-without-notice")),
    "administration_shared": (("WH-02", "prohibited-share"), ("WH-03", "share-for-other-purpose")),
    "payment_data_kept": (("SH-02", "prohibited-collection"), ("SH-01", "undeclared-category")),
    "unwanted_mail": (("SH-09", "use-without-consent"),),
    "newsletter_without_consent": (("SO-05", "use-without-consent"),),
    "full_address_to_analytics": (
        ("SO-11", "prohibited-share"),
        ("SO-11", "share-of-other-category"),
        ("SO-09", "share-without-agreement"),
        ("SO-10", "share-with-unregistered-recipient"),
    ),
}
"""Flaw -> the promises and rules that must be reported broken."""

IN_WORDS: dict[str, str] = {
    "MD-07": "data is used for what it was collected for; one mail went to an address that was not held for it",
    "MD-12": "Mijndomein never sells personal data; some went to a data broker",
    "MD-13": "a share must name the service it is needed for; one did not",
    "MD-20": "no e-mail after an objection; one was sent",
    "HH-03": "product news can be switched off; one came after that",
    "HH-04": "the session log never leaves HostingHuis; it went to a supplier",
    "HH-10": "nobody sees data before the customer was told; the supplier did",
    "WH-02": "nobody else gets data for the administration; a supplier did",
    "WH-03": "suppliers get data for domains alone",
    "SH-01": "only what is strictly necessary is kept",
    "SH-02": "Smallhold keeps no payment data; a bank account number was kept",
    "SH-09": "no unwanted mail; one was sent without consent",
    "SO-05": "the newsletter goes by consent alone; there was none",
    "SO-09": "suppliers work under an agreement; there was none",
    "SO-10": "data goes to registered recipients, or where the law demands it; this one was neither",
    "SO-11": "Google gets no full IP address; it got one",
    "X-04": "the statement declares no such recipient (GDPR Art. 30)",
}
"""What the broken promise is, and what happened."""

MAIL_FLAWS = frozenset({"mail_after_objection", "news_after_objection", "newsletter_without_consent"})
"""In these lives there are no other mailings."""


def flaw(one: Customer, dice: Any) -> Iterator[Happening]:
    """The one wrong act of this life, some weeks after its start."""
    if not one.flaw:
        return
    at = working_hour(dice, one.opened_at + dice.between(20, 90) * DAY)
    match one.flaw:
        case "sold":
            yield _share(one, at, "broker-one", "data_broker", "dpv:SellDataToThirdParties", ("pd:EmailAddress",), "campaign-one", INTEREST)
        case "share_without_order":
            yield shared(one, at, "sidn", REGISTRATION, ("pd:Name", "pd:EmailAddress"), None, product="nl")
        case "mail_after_objection":
            yield _objection(one, at, NEWSLETTER)
            yield _mail(one, at + 9 * DAY, NEWSLETTER, dice.ref("mailing"))
        case "news_after_objection":
            yield _objection(one, at, NEWS)
            yield _mail(one, at + 9 * DAY, NEWS, dice.ref("mailing"))
        case "session_log_shared":
            categories = ("pd:IPAddress", "ledger:SessionLog")
            yield _share(one, at, "supplier-two", "software_supplier", "ledger:ErrorAnalysis", categories, dice.ref("session"), INTEREST)
        case "administration_shared":
            yield _share(one, at, "supplier-one", "supplier", "ledger:Administration", ("pd:Name", "pd:PhysicalAddress"), dice.ref("order"), CONTRACT)
        case "payment_data_kept":
            yield happening(
                one, at, "DataCollected", "billing", activity="invoice", categories=("pd:Name", "pd:BankAccount"), purposes=("ledger:Invoicing",),
                legal_basis=CONTRACT, statute=None, origin="DATA_SUBJECT", necessity="REQUIRED", store="billing", country="NL", occasion="payment",
                ref=dice.ref("invoice"),
            )  # fmt: skip
        case "unwanted_mail":
            yield _mail(one, at, "dpv:DirectMarketing", dice.ref("mailing"))
        case "newsletter_without_consent":
            yield _mail(one, at, NEWSLETTER, dice.ref("mailing"))
        case "full_address_to_analytics":
            categories = ("pd:IPAddress", "ledger:SiteUse")
            yield _share(one, at + HOUR, "google", "analytics", "ledger:SiteStatistics", categories, dice.ref("visit"), INTEREST)


def _share(
    one: Customer, at: int, recipient: str, role: str, purpose: str, categories: tuple[str, ...], ref: str, basis: str
) -> Happening:
    return happening(
        one, at, "DataShared", one.hoster.name, by=one.hoster.name, recipient=recipient, recipient_role=role, categories=categories, purpose=purpose,
        legal_basis=basis, ref=ref, product=None, country=None, safeguard=None, agreement=None, notice_ref=None,
    )  # fmt: skip


def _objection(one: Customer, at: int, purpose: str) -> Happening:
    return happening(one, at, "ObjectionChanged", "portal", purpose=purpose, channel="email", state="RAISED", method="portal")


def _mail(one: Customer, at: int, purpose: str, ref: str) -> Happening:
    return happening(
        one, at, "DataUsed", "newsletter", by=one.hoster.name, purpose=purpose, channel="email", categories=("pd:EmailAddress",), ref=ref
    )
