"""What happens to the person of the story, in a line each. Pure: a happening in, a line or nothing out; no values, only references."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger.demo.lives import Happening

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RIGHTS = {"ERASURE": "asks to be forgotten (GDPR Art. 17, het recht op gegevenswissing)", "ACCESS": "asks what is known (inzage)"}


def told(it: Happening) -> str | None:
    """Say it with its date, or pass over what is not worth a line."""
    if it.at != it.occurred_at:
        return None
    text = _text(it)
    return None if text is None else f"{(_EPOCH + timedelta(microseconds=it.occurred_at)).strftime('%Y-%m-%d')}  {text}"


def _text(it: Happening) -> str | None:
    fields = it.fields
    match it.type, fields.get("kind") or fields.get("right") or fields.get("purpose"):
        case "MilestoneReached", "ACCOUNT_OPENED":
            return f"{it.subject} becomes a customer of {it.controller}"
        case "MilestoneReached", "SERVICE_ENDED":
            return f"the service {fields['ref']} ends"
        case "DataShared", "ledger:DomainRegistration":
            return f"{fields['by']} passes name, address and e-mail address to {fields['recipient']} for a .{fields['product']} domain"
        case "RequestReceived", right:
            return f"{it.subject} {_RIGHTS.get(str(right), 'asks something of the hoster')}"
        case "RequestAnswered", _:
            return "the answer: all goes but what the tax law keeps (nl-awr-52)" if fields["reasons"] else "the answer is given"
        case "ObjectionChanged", _:
            return "no more news of products, please: an objection, by the portal"
    return None
