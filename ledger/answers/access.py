"""The report that GDPR Art. 15 asks for about one person: what, what for, who has it, how long, where from, what was asked and told. By index.

The person's own copy shows nothing that an order keeps from them (visible.py), no obligations and no verdicts; an officer's has all.
Source: docs/answers.md, "Subject report"; GDPR Art. 15(1)(a)-(h), 15(2), 15(4); MD-09, MD-17, SH-03.
"""

from __future__ import annotations

from typing import Final

from ledger.answers.access_parts import Parts
from ledger.answers.answering import Answering, term_text
from ledger.answers.asking import Asking
from ledger.answers.facts import all_facts
from ledger.answers.look_ups import remembered
from ledger.answers.one_subject import folded_from, known_now, violations_now
from ledger.answers.shapes_access import AccessAnswer, Right
from ledger.answers.visible import is_officer as is_for_officer
from ledger.answers.visible import shown_to
from ledger.core.ids import partition_of_subject

RIGHTS: Final = (
    Right(right="RECTIFICATION", article="Art. 16", text="have what is wrong corrected"),
    Right(right="ERASURE", article="Art. 17", text="have data erased that need not be kept"),
    Right(right="RESTRICTION", article="Art. 18", text="have data kept but not used"),
    Right(right="PORTABILITY", article="Art. 20", text="take data along in a form for machines"),
    Right(right="OBJECTION", article="Art. 21", text="object to use for a legitimate interest, and to marketing at any time"),
    Right(right="CONSENT_WITHDRAWAL", article="Art. 7(3)", text="withdraw a consent at any time"),
)
COMPLAINT: Final = "Art. 77: complain to the Autoriteit Persoonsgegevens"
AUTOMATED: Final = "the ledger knows of no automated decisions: no event of it tells of any (Art. 22)"


def access(asking: Asking, controller: str, subject_ref: str, audience: str) -> AccessAnswer:
    """Say all that Art. 15 asks about a person.

    Raises:
        CallerError: an unknown audience.
    """
    is_officer = is_for_officer(audience)
    with asking.snapshot() as seen:
        partition = partition_of_subject(controller, subject_ref, seen.partitions)
        facts = all_facts(seen, controller, subject_ref, partition)
        shown, is_whole = shown_to(audience, controller, facts, seen.time_of(partition), seen.barred)
        whose = seen, controller, subject_ref, partition
        known = known_now(*whose) if is_whole else folded_from(*whose, shown)
        offsets = {fact.fields["event_id"]: fact.offset for fact in facts} | seen.register(partition).offsets
        answering = Answering(known.subject, partition, known.rules, seen.time_of(partition), offsets)
        made = Parts(seen, controller, partition, shown, answering.holdings())
        obligations = answering.obligations(known.obligations.values())
        consulted = [fact for fact in shown if fact.type == "DataConsulted"]
        rule, looks, forgotten = remembered(seen, controller, partition, consulted, is_officer=is_officer)
        return AccessAnswer(
            controller=controller,
            subject_ref=subject_ref,
            audience=audience,
            known=bool(shown),
            time_reached=seen.time_of(partition),
            statement=made.published.policy.title if made.published else None,
            version=made.published.policy.version if made.published else None,
            held=made.held(),
            receivers=made.receivers(),
            rights=RIGHTS,
            complaint=COMPLAINT,
            automated_decisions=AUTOMATED,
            consents=answering.consents(),
            objections=answering.objections(),
            requests=made.requests(subject_ref, obligations, is_officer),
            corrections=made.corrections(),
            notices=made.notices(is_officer),
            disclosures=made.disclosures(subject_ref, known.obligations.values(), is_officer),
            without_request=made.without_request(),
            look_ups=looks,
            look_ups_rule=rule.id if rule else None,
            look_ups_term=term_text(rule) if rule else None,
            look_ups_forgotten=forgotten,
            ip_entries=made.ip_entries(),
            silent=made.silent(),
            holds=tuple(hold for hold in answering.holds() if is_officer or hold.kind == "RESTRICTION"),
            obligations=obligations if is_officer else (),
            violations=violations_now(seen, known.subject.subject_id, partition) if is_officer else (),
            freshness=seen.freshness(only=partition),
        )
