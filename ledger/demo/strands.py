"""What happens in a customer's life, as strands: orders and domains, billing, mail, support, the portal, leaving, asking for erasure.

Pure. Each strand yields its happenings in order of time; `lives` merges them. References only, never a personal value. What each hoster may do
follows from its table in `hosters`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ledger.demo import hosters
from ledger.demo.hosters import CONSENT, CONTACT, CONTRACT, ISSUANCE, PAYMENT, RECIPIENTS, REGISTRATION
from ledger.demo.people import DAY, END, HOUR, Customer, Domain, month_of, working_hour

MINUTE = 60 * 1_000_000
DESK = "privacy-desk"


class Happening(NamedTuple):
    """One event, ready for `Emitter.emit`, and when it reaches the ledger.

    at: ledger time of emission; occurred_at: when it happened; both in microseconds since 1970. event_id: only where it is given, or the event comes
    twice. is_prompt: the services act on it the same evening, not at the end of the month.
    """

    at: int
    type: str
    controller: str
    subject: str | None
    source: str
    occurred_at: int
    fields: dict[str, Any]
    event_id: str | None = None
    is_prompt: bool = False


Strand = Iterator[Happening]


def happening(one: Customer, at: int, type_name: str, source: str, **fields: Any) -> Happening:
    """Make one fact of a customer that is emitted when it happens."""
    return Happening(at, type_name, one.hoster.name, one.subject, source, at, fields)


def answer(one: Customer, at: int, request: str, outcome: str = "FULFILLED", *, asked_at: int, reasons: Sequence[dict[str, Any]] = ()) -> Happening:
    """Answer a request. A clock that began in another month may run out in this one: then a tick must come right before the answer."""
    given = happening(one, at, "RequestAnswered", DESK, request_ref=request, outcome=outcome, identity_check="DONE", reasons=reasons)
    return given._replace(is_prompt=month_of(at) != month_of(asked_at))


def milestone(one: Customer, at: int, kind: str, ref: str | None, source: str = "shop") -> Happening:
    """Something that retention may count from."""
    return happening(one, at, "MilestoneReached", source, kind=kind, ref=ref)


def collected(one: Customer, at: int, word: str, ref: str | None = None) -> list[Happening]:
    """What the hoster collects on this occasion; nothing when it does not do that."""
    return [
        happening(
            one, at, "DataCollected", each.store, activity=each.activity, categories=each.categories, purposes=each.purposes,
            legal_basis=each.legal_basis, statute=each.statute, origin=each.origin, necessity=each.necessity, store=each.store, country="NL",
            occasion=each.occasion, ref=ref,
        )
        for each in one.hoster.collections.get(word, ())
    ]  # fmt: skip


def consent(one: Customer, at: int, purpose: str, source: str, notice_version: str, channel: str | None = None) -> Happening:
    """Ticked on a form, before what rests on it is collected."""
    return happening(
        one, at, "ConsentChanged", source, purpose=purpose, channel=channel, state="GIVEN", notice_version=notice_version, method="web_form",
        language="nl",
    )  # fmt: skip


def shared(
    one: Customer, at: int, to: str, purpose: str, categories: Sequence[str], ref: str | None, *, by: str | None = None, product: str | None = None,
    basis: str = CONTRACT,
) -> Happening:  # fmt: skip
    """Data passed on by the hoster, or from one recipient to the next."""
    recipient = RECIPIENTS[to]
    return happening(
        one, at, "DataShared", by or one.hoster.name, by=by or one.hoster.name, recipient=to, recipient_role=recipient.role, categories=categories,
        purpose=purpose, legal_basis=basis, ref=ref, product=product, country=recipient.country, safeguard=recipient.safeguard,
        agreement=f"dpa-{to}" if recipient.role in ("mailing", "hosting") else None, notice_ref=None,
    )  # fmt: skip


def told(one: Customer, at: int, recipient: str) -> Strand:
    """HostingHuis tells the customer of a recipient before it gets anything (HH-10)."""
    if one.hoster is hosters.HOSTINGHUIS:
        yield happening(one, at, "NoticeGiven", "shop", to="subject", about="recipient", ref=recipient, method="web_form")


def account(one: Customer) -> Strand:
    """Opening the account: the person becomes a customer."""
    at = one.opened_at
    yield milestone(one, at, "ACCOUNT_OPENED", f"account-{one.contract[9:]}")
    yield milestone(one, at, "BECAME_CUSTOMER", None)
    yield milestone(one, at, "CONTRACT_STARTED", one.contract)
    for event in collected(one, at + MINUTE, "account"):
        yield event._replace(fields={**event.fields, "ref": one.contract}) if event.fields["activity"] == "agreement" else event


def domain(one: Customer, it: Domain, dice: Any) -> Strand:
    """One domain: ordered, passed along the chain to its registry, running, and some day ended."""
    at = it.from_at
    yield milestone(one, at, "ORDER_PLACED", it.order)
    yield milestone(one, at, "SERVICE_STARTED", it.service, "provisioning")
    yield from collected(one, at + MINUTE, "order", it.order)
    yield from collected(one, at + MINUTE, "domain", it.order)
    chain = one.hoster.chains[it.extension]
    yield from told(one, at + 2 * MINUTE, chain[0])
    by: str | None = None
    for to in chain:
        at += 5 * MINUTE
        yield shared(one, at, to, REGISTRATION, one.hoster.holder_record, it.order, by=by, product=it.extension)
        by = to
    yield milestone(one, at + MINUTE, "DOMAIN_REGISTERED", it.ref, "dns")
    yield milestone(one, at + 2 * MINUTE, "ORDER_COMPLETED", it.order)
    if it.ended_at is not None:
        yield milestone(one, it.ended_at, "DOMAIN_ENDED", it.ref, "dns")
        if not (one.quits and it.ended_at == one.left_at):
            yield milestone(one, it.ended_at + MINUTE, "SERVICE_ENDED", it.service, "provisioning")


def billing(one: Customer, it: Domain, dice: Any) -> Strand:
    """An invoice when the domain starts and every year after; the payment provider gets what the statement says that payments take."""
    at = it.from_at + HOUR
    while at < (it.ended_at or END):
        invoice = dice.ref("invoice")
        yield milestone(one, at, "INVOICE_ISSUED", invoice, "billing")
        yield from collected(one, at, "invoice", it.order if one.hoster.invoice_by_order else invoice)
        if one.hoster.payments is not None:
            yield from told(one, at + HOUR, one.hoster.payments)
            yield shared(one, at + 2 * HOUR, one.hoster.payments, PAYMENT, one.hoster.payment_record, invoice)
        if dice.chance(6):
            yield milestone(one, at + 30 * DAY, "PAYMENT_OVERDUE", invoice, "billing")
        at += 365 * DAY


def certificate(one: Customer, it: Domain, dice: Any) -> Strand:
    """A certificate for a domain: DV names nobody, OV and EV pass the holder's address to the authority (WH-05)."""
    kind, ref, at = dice.pick(("dv", "dv", "ov", "ov", "ev")), dice.ref("cert"), it.from_at + 2 * DAY
    end = it.ended_at or END
    if at >= end:
        return
    if kind != "dv" and one.hoster.authority is not None:
        yield from collected(one, at, "certificate", ref)
        yield shared(one, at + 10 * MINUTE, one.hoster.authority, ISSUANCE, ("pd:Name", "pd:PhysicalAddress"), ref, product=kind)
    yield milestone(one, at + HOUR, "CERTIFICATE_ISSUED", ref, "certificates")
    years = dice.between(1, 4)
    for _ in range(years):
        at += 365 * DAY
        if at >= end:
            break
        if _ < years - 1:
            yield milestone(one, at, "CERTIFICATE_RENEWED", ref, "certificates")
    if at + HOUR < END:
        yield milestone(one, at + HOUR, "CERTIFICATE_EXPIRED", ref, "certificates")


def mailings(one: Customer, dice: Any) -> Strand:
    """A newsletter by consent, or news of products until the customer objects; now and then a letter, and for many an end to it."""
    if one.hoster.sends is None:
        return
    purpose, ground = one.hoster.sends
    at = working_hour(dice, one.opened_at + dice.between(5, 300) * DAY)
    stop = at + dice.between(100, 1200) * DAY if dice.chance(60) else END
    if at >= one.until:
        return
    if ground == "consent":
        yield consent(one, at - MINUTE, purpose, "newsletter", "newsletter-2018-05", channel="email")
    yield from collected(one, at, "newsletter")
    if one.hoster.mailer is not None:
        yield shared(one, at + HOUR, one.hoster.mailer, purpose, ("pd:EmailAddress",), None, basis=CONSENT)
    while (at := at + dice.between(80, 200) * DAY) < min(stop, one.until):
        yield happening(
            one, at, "DataUsed", "newsletter", by=one.hoster.name, purpose=purpose, channel="email", categories=("pd:EmailAddress",),
            ref=dice.ref("mailing"),
        )  # fmt: skip
    if stop < one.until:
        if ground == "consent":
            yield happening(one, stop, "ConsentChanged", "newsletter", purpose=purpose, channel="email", state="WITHDRAWN", method="unsubscribe_link")
        else:
            yield happening(one, stop, "ObjectionChanged", "portal", purpose=purpose, channel="email", state="RAISED", method="portal")
        yield from collected(one, stop + MINUTE, "suppression")


def asked(one: Customer, at: int, ticket: str) -> Strand:
    """A question: where it rests on consent, that is given with the form."""
    if one.hoster.asks_consent:
        for purpose in (each for it in one.hoster.collections["enquiry"] for each in it.purposes):
            yield consent(one, at - MINUTE, purpose, "helpdesk", "contact-form-2018-05")
    yield from collected(one, at, "enquiry", ticket)


def support(one: Customer, dice: Any) -> Strand:
    """Questions to the helpdesk: somebody looks things up, and the question is resolved."""
    at = one.opened_at
    for _ in range(dice.pick((0, 0, 1, 1, 2))):
        at = working_hour(dice, at + dice.between(20, 500) * DAY)
        if at >= one.until:
            return
        ticket = dice.ref("ticket")
        yield from asked(one, at, ticket)
        yield happening(
            one, at + HOUR, "DataConsulted", "helpdesk", actor="role:support-agent", purpose="dpv:CustomerCare", categories=CONTACT, ticket_ref=ticket
        )
        yield from collected(one, at + HOUR, "look_up", ticket)
        at += dice.between(1, 6) * DAY
        yield milestone(one, at, "ENQUIRY_RESOLVED", ticket, "helpdesk")
        if dice.chance(15):
            yield happening(
                one, at + MINUTE, "DataRectified", "crm", by=one.hoster.name, categories=("pd:PhysicalAddress",), because_of=ticket, ref=one.contract
            )


def sessions(one: Customer, dice: Any) -> Strand:
    """Visits to the customer portal; HostingHuis logs the address from login until logout (HH-04)."""
    at = one.opened_at
    while "session" in one.hoster.collections and (at := working_hour(dice, at + dice.between(60, 500) * DAY)) < one.until:
        session = dice.ref("session")
        yield milestone(one, at, "LOGGED_IN", session, "portal")
        yield from collected(one, at + MINUTE, "session", session)
        yield milestone(one, at + 20 * MINUTE, "LOGGED_OUT", session, "portal")


def leaving(one: Customer) -> Strand:
    """The contract and the account end; at HostingHuis the account stays for those who come back (HH-15)."""
    if one.left_at is None:
        return
    yield milestone(one, one.left_at + HOUR, "CONTRACT_ENDED", one.contract)
    if not one.hoster.keeps_account:
        yield milestone(one, one.left_at + HOUR, "ACCOUNT_CLOSED", f"account-{one.contract[9:]}")
    yield milestone(one, one.left_at + 2 * HOUR, "CEASED_CUSTOMER", None)
