"""What an answer to a request needs, and an erasure: who asks, why not, and what must not go yet.

Pure. Each answers for the moment of the fact; where the state cannot tell, it raises `NeedsHistory` and is asked again with the subject of then.
Source: docs/judging.md section 4, where each need has its row.
"""

from __future__ import annotations

from ledger.core.holdings import NeedsHistory, covers, scope_of
from ledger.core.judging.asked import Asked
from ledger.core.judging.fulfilling import is_done
from ledger.core.judging.keeping import goes_before_export, is_too_early, lets_marketing_start_again, term_of
from ledger.core.judging.then import held, is_before
from ledger.core.refusal import DEMANDED_BY_LAW
from ledger.core.state import Evidence, Holding, Scope

IDENTIFIED = ("DONE", "NOT_NEEDED")


def identity(asked: Asked) -> str | None:
    if asked.act.kind != "answer":
        return _identity_of_who_asked(asked)
    if asked.fields["identity_check"] in IDENTIFIED:
        return None
    request = asked.subject.requests.get(asked.fields["request_ref"])
    identified = None if request is None else request.identified
    return None if identified is not None and is_before(identified, asked.moment) else "answer-without-identity-check"


def _identity_of_who_asked(asked: Asked) -> str | None:
    """What is done without a request, or on one that was not known before, says nothing of who asked."""
    name, of = ("request_ref", "erasure") if asked.act.kind == "erase" else ("because_of", "rectification")
    request = asked.subject.requests.get(asked.fields[name])
    if request is None or request.received is None or not is_before(request.received, asked.moment):
        return None
    identified = request.identified
    return None if identified is not None and is_before(identified, asked.moment) else f"{of}-without-identity-check"


def reason(asked: Asked) -> str | None:
    return None if asked.fields["reasons"] else "refusal-without-reason"


def statute_cited(asked: Asked) -> str | None:
    law, at = asked.published.law, asked.moment[0]
    if law is None:
        return None
    cited = [reason["statute"] for reason in asked.fields["reasons"] if reason["reason"] in DEMANDED_BY_LAW]
    return None if all(statute is not None and law.statute_in_force(statute, at) for statute in cited) else "refusal-without-statute"


def done(asked: Asked) -> str | None:
    request = asked.subject.requests.get(asked.fields["request_ref"])
    if request is None or request.received is None or not is_before(request.received, asked.moment):
        return None
    duty = asked.rules.duty(asked.subject.controller, request.received.at, "request", "answer", right=request.right)
    if duty is None or duty.id != asked.condition.id:  # another promise is about this right
        return None
    return None if is_done(asked.rules, asked.subject, request, asked.moment) else "answer-not-done"


def service_ended(asked: Asked) -> str | None:
    if asked.act.by_controller and _covers_mandatory(asked) and running_services(asked):
        return "erasure-while-service-runs"
    return None


def running_services(asked: Asked) -> list[Evidence]:
    """The start of each service that had not ended since, by then."""
    running = []
    ends = asked.subject.reached.get("SERVICE_ENDED", {})
    for ref, started in asked.subject.reached.get("SERVICE_STARTED", {}).items():
        ended = ends.get(ref)
        if not is_before(started, asked.moment) or (ended is not None and not is_before(ended, asked.moment)):
            raise NeedsHistory
        if ended is None or ended < started:
            running.append(started)
    return running


def _covers_mandatory(asked: Asked) -> bool:
    scope, activities = scope_of(asked.fields), asked.published.policy.activities
    for holding in asked.subject.holdings_of(scope[0], scope[4]):
        declared = activities.get(holding.attributes.activity or "")
        if declared is None or not declared.is_mandatory:
            continue
        for category in {*holding.categories, *holding.erased}:
            is_taken = covers(scope, holding.key, category) and held(holding, category, asked.moment)
            if is_taken and not _is_called_for(asked, holding, category) and not _stays(asked, category, scope):
                return True
    return False


def _stays(asked: Asked, category: str, scope: Scope) -> bool:
    """Whether the controller has it in another mandatory holding that the erasure leaves: tidying up ends no service."""
    activities = asked.published.policy.activities
    for key, other in asked.subject.holdings.items():
        declared = activities.get(other.attributes.activity or "")
        is_another = key[0] == scope[0] and not covers(scope, key, category) and declared is not None and declared.is_mandatory
        if is_another and held(other, category, asked.moment):
            return True
    return False


def _is_called_for(asked: Asked, holding: Holding, category: str) -> bool:
    """Whether its term was over, or a request asked for it that, by the statement, waits for no end of a service: whatever the hoster calls it."""
    term = term_of(asked.rules, asked.subject, holding, asked.moment)
    if term is not None and term.end is not None and term.end <= asked.moment[0]:
        return True
    since, controller = holding.categories[category].at, asked.subject.controller
    return any(
        request.received is not None and is_before(request.received, asked.moment) and request.asks_for(category, since)
        and asked.rules.duty(controller, request.received.at, "erasure", "end_service") is None
        for _, request in asked.subject.requests_for("ERASURE")
    )  # fmt: skip


def term_ended(asked: Asked) -> str | None:
    early = is_too_early(asked.rules, asked.subject, asked.fields, asked.moment, asked.condition.id)
    return "erased-too-early" if early else None


def objection_ended(asked: Asked) -> str | None:
    return "suppression-erased" if lets_marketing_start_again(asked.subject, asked.fields, asked.moment) else None


def exported(asked: Asked) -> str | None:
    return "erased-before-export" if goes_before_export(asked.subject, asked.fields, asked.moment) else None
