"""What a collection needs: a law in force, a declared place, a record of its own, an open session, nobody behind it, what was said of having to give.

Pure. Each answers for the moment of the fact; where the state cannot tell, it raises `NeedsHistory` and is asked again with the subject of then.
Source: docs/judging.md section 4, where each need has its row.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger.core.calendar import day_of
from ledger.core.holdings import NeedsHistory, collected_keys
from ledger.core.judging.asked import Asked
from ledger.core.judging.then import held, is_before
from ledger.core.state import Evidence

LEGAL_OBLIGATION = "eu-gdpr:A6-1-c"
"""A law of the Union or of a member state lays it down (GDPR Art. 6(3)): it is to be known which."""


def statute_in_force(asked: Asked) -> str | None:
    law, declared = asked.published.law, _declared_statutes(asked)
    if law is None:
        return None
    named = frozenset[str]() if asked.act.kind == "share" or asked.fields["statute"] is None else frozenset((asked.fields["statute"],))
    if not all(law.statute_in_force(statute, asked.moment[0]) for statute in declared | named):
        return "basis-not-in-force"
    if declared and not named <= declared:
        return "basis-for-other-purpose"
    is_demanded = asked.act.kind == "collect" and asked.fields["legal_basis"] == LEGAL_OBLIGATION
    return "basis-without-statute" if is_demanded and not declared | named else None


def _declared_statutes(asked: Asked) -> frozenset[str]:
    """The laws that, by what the policy declares, demand the data for what it is collected or shared for, whatever the activity is called."""
    return frozenset(statute for purpose in asked.act.purposes for statute in asked.published.policy.statutes_for(purpose))


def declared_country(asked: Asked) -> str | None:
    """What is promised is the country. A store that is not declared has none of its own: any country of the activity's stores will do for it."""
    activity = asked.published.policy.activities.get(asked.act.activity)
    country = asked.fields["country"]
    if country is None:
        return None
    if activity is None:
        return "store-in-other-country"
    own = activity.country_of(asked.act.store)
    promised = {own} if own is not None else {store.country for store in activity.stores}
    return None if country in promised else "store-in-other-country"


def open_session(asked: Asked) -> str | None:
    ref, milestones = asked.fields["ref"], asked.subject.milestones
    login, logout = milestones.get(("LOGGED_IN", ref)), milestones.get(("LOGGED_OUT", ref))
    if login is None or ref is None:
        return "entry-outside-session"
    if login.at > asked.moment[0] or (logout is not None and not is_before(logout, asked.moment)):
        raise NeedsHistory
    return None if logout is None or logout < login else "entry-outside-session"


def unlinked(asked: Asked) -> str | None:
    linked = "prohibited-share" if asked.act.kind == "share" else "anonymous-data-linked"
    return None if asked.subject.is_dataset else linked


def own_record(asked: Asked) -> str | None:
    """A term that counts from the collection itself starts anew for all of a holding, so each record needs one of its own: a reference, or a day."""
    return "term-restarted" if any(True for _ in records_before(asked)) else None


def records_before(asked: Asked) -> Iterator[Evidence]:
    """What came into the same holdings on an earlier day, and is held still.

    Raises:
        NeedsHistory: the state cannot tell.
    """
    if asked.fields["ref"] is not None:
        return
    today = day_of(asked.moment[0], asked.published.zone)
    for key in collected_keys(asked.fields):
        holding = asked.subject.holdings.get(key)
        if holding is None:
            continue
        for category in sorted(asked.act.categories):
            if held(holding, category, asked.moment) and day_of(holding.categories[category].at, asked.published.zone) < today:
                yield holding.categories[category]


def asked_as_must(asked: Asked) -> str | None:
    return "must-asked-as-choice" if asked.fields["necessity"] == "OPTIONAL" else None


def asked_as_choice(asked: Asked) -> str | None:
    """Asked together with other data, what is said is of the whole."""
    alone = asked.act.categories <= asked.condition.scope.categories
    return "choice-asked-as-must" if alone and asked.fields["necessity"] == "REQUIRED" else None
