"""Requests, disclosures, breaches, and who looked at one person's data, as rows. Pure: answers in, rows out. Source: docs/exports.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.answers.shapes_register import BreachedLine, BreachesAnswer
from ledger.answers.shapes_rights import DisclosuresAnswer, LookUpsAnswer, RequestsAnswer
from ledger.contract.json_form import instant_to_text
from ledger.exporting.columns import Row, code, codes, columns, place, places

BREACHES: Final = columns("""
    controller text who records it
    breach_ref text its reference
    aware_at instant when the controller knew
    holder text where it was
    store text in which store
    window_from_at instant from when data could be seen or lost
    window_until_at instant until when
    categories list what was hit; none: all
    risk text UNLIKELY, RISK or HIGH, as recorded
    consequences list its effects on people; none: not told
    measures list what was done against it; none: not told
    report_ref text the file that tells both at length
    authority_due_at instant until when the authority must know (72 hours); empty: not asked
    authority_late_by_seconds number how late that was, or is
    authorities list who was told, `authority at RFC 3339`
    affected number people whose data was there in that window
    told number of these, who were told
    notice text who asks that people are told: BY_LAW, BY_POLICY or NOT_ASKED
    still_due number who must be told and were not
    rests_on list events, partition@offset
""")
BREACH_PEOPLE: Final = columns("""
    controller text who records the breach
    breach_ref text its reference
    subject_ref text whom it concerns, a pseudonym
    categories list what of the person was there in that window
    told flag whether the person was told of it
    notice text who asks that people are told: BY_LAW, BY_POLICY or NOT_ASKED
    still_due flag the person must be told and was not
    rests_on list events that brought it there, partition@offset
""")
REQUESTS: Final = columns("""
    controller text who was asked
    subject_ref text who asked, a pseudonym
    request_ref text its reference
    right text ACCESS, ERASURE and so on
    state text PAUSED, OPEN, OVERDUE, UNSETTLED or CLOSED
    categories list what it is about; none: all
    received_at instant when it came
    identity text what is known of who asks: NOT_DONE, DONE, NOT_NEEDED or UNKNOWN
    identified_at instant since when that is known
    due_at instant until when it must be answered; empty: no clock runs
    is_paused flag whether the clock stands still
    extended_by text the notice that took two months more
    late_by_seconds number how late the answer was, or is
    outcome text how it was answered; empty: it was not
    answered_at instant when
    tasks_open number what it called for and is not done
    tasks_done number what it called for and is done or fell away
    refused list what stays, `holder: reason`
    rests_on list events, partition@offset
""")
DISCLOSURES: Final = columns("""
    controller text who was asked for data
    subject_ref text about whom, a pseudonym
    disclosure_ref text its reference; of what went out without a request: the one it cites
    was_requested flag false: data went out and no request for it is known
    requester text who asked; of what went out without a request: the role that got it
    recipient text of what went out without a request: who got it
    ground text on which ground
    requested_at instant when it was asked
    asked list which categories were asked
    decision text what was decided; empty: nothing
    decided_at instant when
    decided list which categories may go
    shared_at instant of what went out without a request: when
    shared list events by which data went out, partition@offset
    beyond list categories that went out and that nobody granted
    notice text whether the person was told: GIVEN, DUE, BARRED or NONE; empty: it cannot be told
    barred_until_at instant until when nobody may tell the person
    notice_given_at instant when the person was told
    rests_on list events, partition@offset
""")
LOOK_UPS: Final = columns("""
    controller text whose data it is
    subject_ref text about whom, a pseudonym
    at instant when somebody looked
    purpose text what for
    categories list at what
    ticket_ref text the ticket that it cites
    incident_ref text the incident
    permission_ref text the permission
    who text SEALED, RECORDED, NAMED, FORGOTTEN or NOT_RECORDED
    event text partition@offset
""")


def breach_rows(answer: BreachesAnswer) -> Iterator[Row]:
    """The latest first."""
    for each in answer.breaches:
        told = tuple(f"{one.authority} at {instant_to_text(one.notified_at)}" for one in each.authority)
        yield (
            each.controller, each.breach_ref, each.aware_at, each.holder, each.store, each.window_from_at, each.window_until_at,
            codes(each.categories), each.risk, codes(each.consequences), codes(each.measures), each.report_ref, each.authority_due_at,
            each.authority_late_by_seconds, told, each.affected, each.told, each.notice, each.still_due, places(each.rests_on),
        )  # fmt: skip


def breach_people_rows(lines: Iterable[BreachedLine]) -> Iterator[Row]:
    """A line for each person of each breach."""
    for each in lines:
        of = each.subject
        yield (
            each.controller, each.breach_ref, of.subject_ref, codes(of.categories), of.told, each.notice, each.still_due, places(of.rests_on)
        )  # fmt: skip


def request_rows(answer: RequestsAnswer) -> Iterator[Row]:
    """The newest first. What it called for stands line by line in the register of obligations, by request_ref."""
    for each in answer.requests:
        still = sum(task.state in ("OPEN", "OVERDUE") for task in each.tasks)
        refused = tuple(f"{one.holder}: {one.reason.term}" for one in each.refusals)
        yield (
            each.controller, each.subject_ref, each.request_ref, each.right, each.state, codes(each.categories), each.received_at, each.identity,
            each.identified_at, each.clock.due_at, each.clock.is_paused, place(each.clock.extended), each.clock.late_by_seconds, each.outcome,
            each.answered_at, still, len(each.tasks) - still, refused, places(each.rests_on),
        )  # fmt: skip


def disclosure_rows(answer: DisclosuresAnswer) -> Iterator[Row]:
    """What was asked for, the latest first; then what went out unasked."""
    for each in answer.disclosures:
        yield (
            each.controller, each.subject_ref, each.disclosure_ref, True, code(each.requester), None, code(each.ground), each.requested_at,
            codes(each.asked), each.decision, each.decided_at, codes(each.decided), None, places(each.shared), codes(each.beyond), each.notice,
            each.barred_until_at, each.notice_given_at, places(each.rests_on),
        )  # fmt: skip
    for one in answer.without_request:
        yield (
            one.controller, one.subject_ref, one.cites, False, one.role.term, one.recipient, code(one.ground), None, (), None, None, (),
            one.shared_at, places((one.event,)), codes(one.categories), None, None, None, places((one.event,)),
        )  # fmt: skip


def look_up_rows(answer: LookUpsAnswer) -> Iterator[Row]:
    """The newest first, within the term of the log of look-ups; never by name: that is `ledger report look-ups --for officer`."""
    for each in answer.look_ups:
        yield (
            answer.controller, answer.subject_ref, each.at, each.purpose.term, codes(each.categories), each.ticket_ref, each.incident_ref,
            each.permission_ref, each.who, place(each.event),
        )  # fmt: skip
