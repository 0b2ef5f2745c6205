"""Who looked at somebody's data: within the term that the policy gives the log of look-ups; what is older is forgotten, and only counted.

Who it was is never said to the person (C-579/21: not without need); to an officer it is, where it stands on the log or the key of its day is at hand.
By index. Source: docs/answers.md, "Look-ups"; GDPR Art. 15, 32; SO-12, HH-07.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ledger.answers.answering import term_text
from ledger.answers.asking import EVER, Asking, Snapshot
from ledger.answers.facts import Fact, all_facts
from ledger.answers.presentation import term, terms
from ledger.answers.shapes_rights import LookUp, LookUpsAnswer
from ledger.answers.visible import is_officer as is_for_officer
from ledger.answers.visible import shown_to
from ledger.core.ids import partition_of_subject, subject_id
from ledger.core.look_up_log import forgotten_at, rule_of
from ledger.core.retention_rule import RetentionRule

AUDITOR: Final = "auditor"
"""An audience: every look-up, and never who it was."""
REFERENCE: Final = "pd:UID"
"""What stays known of a person of whom nothing is held: the reference."""
Opening = Callable[[Mapping[str, Any]], Mapping[str, str] | None]
"""Fields of a DataConsulted with something sealed -> what was sealed (actor, ticket, incident, permission); None: its key is destroyed."""


def look_ups(asking: Asking, controller: str, subject_ref: str, audience: str = "subject", opening: Opening | None = None) -> LookUpsAnswer:
    """List the look-ups of one person's data, newest first. opening: the vault, where one is at hand; asked for an officer alone.

    audience: subject, officer (and by whom) or AUDITOR. For the subject without those that would tell of a disclosure which an order keeps from them;
    these are not counted as forgotten either.

    Raises:
        CallerError: an unknown audience.
    """
    is_officer = audience != AUDITOR and is_for_officer(audience)
    with asking.snapshot() as seen:
        partition = partition_of_subject(controller, subject_ref, seen.partitions)
        whole, seen_by = all_facts(seen, controller, subject_ref, partition), "officer" if audience == AUDITOR else audience
        shown_facts = shown_to(seen_by, controller, whole, seen.time_of(partition), seen.barred).facts
        consulted = [fact for fact in shown_facts if fact.type == "DataConsulted"]
        rule, shown, forgotten = remembered(seen, controller, partition, consulted, is_officer=is_officer, opening=opening)
    return LookUpsAnswer(
        controller=controller,
        subject_ref=subject_ref,
        audience=audience,
        rule=rule.id if rule else None,
        term=term_text(rule) if rule else None,
        look_ups=shown,
        forgotten=forgotten,
        freshness=seen.freshness(only=partition),
    )


def remembered(
    seen: Snapshot, controller: str, partition: int, facts: Iterable[Fact], *, is_officer: bool, opening: Opening | None = None
) -> tuple[RetentionRule | None, tuple[LookUp, ...], int]:
    """The rule for the log of look-ups, the look-ups that it still has, newest first, and how many it has not.

    Each is kept by the policy in force when it happened, as everything collected is; the rule returned is today's. What is forgotten by now is so in
    an answer as of an earlier moment too. facts: DataConsulted.
    """
    rules, now = seen.register(partition).rules, seen.time_of(partition)
    shown: list[LookUp] = []
    forgotten = 0
    for fact in facts:
        over_at = forgotten_at(rules, controller, fact.fields["occurred_at"])
        if over_at is not None and over_at <= seen.asked_at(partition):
            forgotten += 1
        else:
            shown.append(_look_up(fact, is_officer, opening))
    return rule_of(rules.policy_at(controller, now)), tuple(reversed(shown)), forgotten


def _look_up(fact: Fact, is_officer: bool, opening: Opening | None) -> LookUp:
    of = fact.fields
    who, actor, opened = _who(of, is_officer, opening)
    return LookUp(
        at=of["occurred_at"],
        purpose=term("purposes", of["purpose"]),
        categories=terms("categories", sorted(of["categories"])),
        ticket_ref=opened.get("ticket", of["ticket_ref"]),
        incident_ref=opened.get("incident", of["incident_ref"]),
        permission_ref=opened.get("permission", of["permission_ref"]),
        who=who,
        actor=actor,
        event=fact.event,
    )


def _who(of: Mapping[str, Any], is_officer: bool, opening: Opening | None) -> tuple[str, str | None, Mapping[str, str]]:
    """(who, actor, all that was opened)."""
    if of["actor"] is None and of["sealed"] is None:
        return "NOT_RECORDED", None, {}
    if not is_officer:
        return "SEALED" if of["actor"] is None else "RECORDED", None, {}
    opened: Mapping[str, str] | None = {}
    if of["sealed"] is not None and opening is not None:
        opened = opening(of)
    if opened is None:
        return ("FORGOTTEN" if of["actor"] is None else "NAMED"), of["actor"], {}
    actor = opened.get("actor", of["actor"])
    return ("SEALED" if actor is None else "NAMED"), actor, opened


def seen_by_looking(asking: Asking, controller: str, subject_ref: str) -> tuple[str, ...] | None:
    """The categories that a look at a person shows, sorted; None: nothing is known of the person. By index.

    Of whom nothing is held any more, what is known is still who it was: the reference.
    """
    with asking.snapshot() as seen:
        wanted = subject_id(controller, subject_ref)
        holdings, state, *_ = seen.one_subject(wanted)
        held = {category for row in holdings for category in (*row[10], *row[15])}
        if held:
            return tuple(sorted(held))
        partition = partition_of_subject(controller, subject_ref, seen.partitions)
        is_known = state is not None or bool(seen.store.history(partition, wanted, EVER))
    return (REFERENCE,) if is_known else None
