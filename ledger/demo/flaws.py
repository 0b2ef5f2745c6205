"""Promises broken on purpose, so that the demo can show how each is caught. Pure.

EXPECTED names what the judge must find for each, no more and no less; a test holds it to that. Promise ids: docs/promises.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledger.demo.hosters import CONTRACT, HOSTING, INTEREST, NEWS, NEWSLETTER, REGISTRATION
from ledger.demo.people import DAY, HOUR, Customer, day, working_hour
from ledger.demo.strands import DESK, Happening, answer, collected, happening, shared

Verdict = tuple[str, str]

EXPECTED: dict[str, tuple[Verdict, ...]] = {
    "sold": (("MD-12", "prohibited-share"), ("X-04", "undeclared-recipient-role")),
    "share_without_order": (("MD-13", "share-without-ref"),),
    "mail_after_objection": (("MD-20", "use-after-objection"), ("MD-07", "use-for-other-purpose")),
    "news_after_objection": (("HH-03", "use-after-objection"), ("HH-07", "use-for-other-purpose")),
    "session_log_shared": (("HH-04", "prohibited-share"), ("HH-10", "share-without-notice")),
    "administration_shared": (("WH-02", "prohibited-share"), ("WH-03", "share-for-other-purpose")),
    "payment_data_kept": (("SH-02", "prohibited-collection"), ("SH-01", "undeclared-category")),
    "unwanted_mail": (("SH-09", "use-without-consent"), ("GDPR-5-1-b", "use-for-other-purpose")),
    "newsletter_without_consent": (("SO-05", "use-without-consent"), ("GDPR-5-1-b", "use-for-other-purpose")),
    "full_address_to_analytics": (
        ("SO-11", "prohibited-share"),
        ("SO-11", "share-of-other-category"),
        ("SO-09", "share-without-agreement"),
        ("SO-10", "share-with-unregistered-recipient"),
    ),
    "not_corrected": (("MD-18", "overdue-rectification"),),
    "transfer_after_shield": (("MD-14", "transfer-lapsed"),),
    "answered_late": (("MD-17", "overdue-answer"),),
    "not_told_of_breach": (("HH-13", "overdue-notice"),),
    "site_looked_at": (("HH-21", "look-up-without-reason"), ("HH-07", "look-up-without-reason")),
    "content_consulted": (("WH-09", "look-up-without-reason"),),
    "stored_abroad": (("SH-10", "store-in-other-country"),),
    "not_told_of_claim": (("SH-07", "overdue-notice"),),
    "seventh_mailing": (("SO-07", "too-many-sends"),),
    "share_after_agreement": (("SO-09", "share-without-agreement"),),
}
"""Flaw -> the promises and rules that must be reported broken."""

OF_CONTROLLERS: dict[str, tuple[Verdict, ...]] = {
    "hostinghuis": (("HH-20", "announced-late"),),
    "sohosted": (("GDPR-33", "overdue-notice"), ("SO-09", "agreement-lapsed")),
}
"""Hoster -> what must be found about itself (`incidents`, and what its desk leaves lying)."""

MAIL_FLAWS = frozenset({"mail_after_objection", "news_after_objection", "newsletter_without_consent", "seventh_mailing"})
"""In these lives there are no other mailings."""
FORGOTTEN = frozenset({"not_told_of_breach", "not_told_of_claim"})
"""In these lives the hoster forgets to tell what it must."""
_SHIELD_ENDED, _CLOUD_TWO_ENDED = day("2020-07-16"), day("2021-06-01")


def flaw(one: Customer, dice: Any) -> Iterator[Happening]:
    """The one wrong act of this life, some weeks after its start. What is not told or not passed on is found when it is overdue."""
    if one.part not in EXPECTED:
        return
    at = working_hour(dice, one.opened_at + dice.between(20, 90) * DAY)
    match one.part:
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
        case "not_corrected":
            yield from _correction(one, at, dice.ref("request"))
        case "transfer_after_shield":
            if at + 90 * DAY < _SHIELD_ENDED:
                yield _to_cloud(one, at, "cloud-one", dice)  # lawful then
            yield _to_cloud(one, max(at, _SHIELD_ENDED) + 95 * DAY, "cloud-one", dice)
        case "answered_late":
            request = dice.ref("request")
            yield happening(one, at, "RequestReceived", DESK, right="ACCESS", request_ref=request, identity_check="DONE")
            yield answer(one, at + 47 * DAY, request, asked_at=at)
        case "site_looked_at" | "content_consulted":
            yield _looked_at(one, at, incident_ref=dice.ref("incident"))  # a leak: that is a reason
            yield _looked_at(one, at + 30 * DAY)
        case "stored_abroad":
            order = collected(one, at, "order", dice.ref("order"))[0]
            kept = {"activity": "hosting", "categories": ("ledger:HostedContent",), "purposes": (HOSTING,), "store": "webserver"}
            yield order._replace(fields={**order.fields, **kept, "country": "DE"})
        case "seventh_mailing":
            yield from collected(one, at, "news")
            for number in range(1, 8):
                yield _mail(one, at + number * 45 * DAY, NEWS, dice.ref("mailing"))
        case "share_after_agreement":
            if at + 90 * DAY < _CLOUD_TWO_ENDED:
                yield _to_cloud(one, at, "cloud-two", dice)  # under the agreement
            yield _to_cloud(one, max(at, _CLOUD_TWO_ENDED) + 95 * DAY, "cloud-two", dice)


def _correction(one: Customer, at: int, request: str) -> Iterator[Happening]:
    """A wrong name: corrected here, to be corrected by all who have it (GDPR Art. 19). The payment provider never will."""
    yield happening(one, at, "RequestReceived", DESK, right="RECTIFICATION", request_ref=request, identity_check="DONE")
    yield happening(one, at + 2 * DAY, "DataRectified", "crm", by=one.hoster.name, categories=("pd:Name",), because_of=request, ref=None)
    yield answer(one, at + 3 * DAY, request, asked_at=at)


def _looked_at(one: Customer, at: int, incident_ref: str | None = None) -> Happening:
    content = ("ledger:HostedContent",)
    looking_into = "ledger:BreachInvestigation" if incident_ref else "dpv:CustomerCare"
    purpose = "ledger:AbuseInvestigation" if one.hoster.name == "hostinghuis" else looking_into
    return happening(one, at, "DataConsulted", "hosting", actor="role:technician", purpose=purpose, categories=content, incident_ref=incident_ref)


def _to_cloud(one: Customer, at: int, to: str, dice: Any) -> Happening:
    return shared(one, at, to, HOSTING, ("pd:Name", "pd:EmailAddress"), dice.ref("service"))


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
