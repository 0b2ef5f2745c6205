"""What happens to the people of the story and to the hosters, in a line each. Pure: a happening in, a line or nothing out; references only.

asks: the one whose whole life is told; of the others only what they ask, and what others ask about them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ledger.demo.lives import Cast, Happening, Star
from ledger.legal_time import DUTCH_TIME

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RISKS = {"UNLIKELY": "hardly any risk", "RISK": "some risk", "HIGH": "a high risk"}
_RIGHTS = {
    "ERASURE": "asks to be forgotten (GDPR Art. 17, het recht op gegevenswissing)",
    "ACCESS": "asks what is known (GDPR Art. 15, inzage)",
    "PORTABILITY": "asks for the data, to take along (GDPR Art. 20, dataportabiliteit)",
}
_OUTCOMES = {
    "FULFILLED": "the answer to {who}: all is done",
    "PARTLY": "the answer to {who}: all goes but what the tax law keeps (nl-awr-52)",
    "EXTENDED": "to {who}: it takes two months more (GDPR Art. 12(3))",
}
_PRIVATE = ("MilestoneReached", "DataShared", "ObjectionChanged")


def teller(people: Cast) -> Callable[[Happening], str | None]:
    """Make what says a happening with its date, or passes over what is not worth a line."""

    def told(it: Happening) -> str | None:
        is_private = it.type in _PRIVATE and Star(it.controller, it.subject or "") != people.asks
        if it.at != it.occurred_at or is_private:
            return None
        text = _text(it)
        return None if text is None else f"{_day(it.occurred_at)}  {text}"

    return told


def _text(it: Happening) -> str | None:
    fields, who = it.fields, f"{it.subject} of {it.controller}"
    match it.type, fields.get("kind") or fields.get("right") or fields.get("purpose"):
        case "MilestoneReached", "ACCOUNT_OPENED":
            return f"{it.subject} becomes a customer of {it.controller}"
        case "MilestoneReached", "SERVICE_ENDED":
            return f"the service {fields['ref']} ends"
        case "DataShared", "ledger:DomainRegistration":
            return f"{fields['by']} passes name, address and e-mail address to {fields['recipient']} for a .{fields['product']} domain"
        case "RequestReceived", right:
            return f"{who} {_RIGHTS.get(str(right), 'asks something of the hoster')}"
        case "RequestAnswered", _:
            return _OUTCOMES.get(fields["outcome"], "the answer to {who} is given").format(who=who)
        case "ObjectionChanged", _:
            return "no more news of products, please: an objection, by the portal"
        case "DisclosureDecided", _ if fields["notice"] == "BARRED":
            return f"the police get an address from {it.controller}; {it.subject} must not know until {_day(fields['barred_until'])}"
        case "BreachRecorded", _:
            return f"a breach (datalek) at {it.controller}: its {fields['store']} could be read from outside, {_RISKS.get(fields['risk'], 'a risk')}"
        case "StatementRequested", _:
            return f"a customer of {it.controller} asks for the processor statement (verwerkersverklaring)"
        case "PolicyPublished", _:
            return f"{it.controller} announces a new version of its statement: it is in force since {_day(fields['in_force_from'])}"
    return None


def _day(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(DUTCH_TIME).strftime("%Y-%m-%d")
