"""How long what is kept, what is due, what is late and what has no term, as rows. Pure: answers in, rows out. Source: docs/exports.md."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Final

from ledger.answers.shapes_lists import DueAnswer
from ledger.answers.shapes_register import RetentionAnswer
from ledger.exporting.columns import Row, code, codes, columns, places

SCHEDULE: Final = columns("""
    controller text whose policy it is
    rule text the promise
    holder text whom it binds
    is_current flag false: only an earlier version of the policy has it, and something still follows it
    activities list which activities; none: all
    roles list which roles of recipients; none: all
    purposes list which purposes; none: all
    categories list which categories; none: all
    customer flag only of customers (true), only of others (false); empty: of anybody
    anchors list what starts the term
    mode text ANY or ALL of these
    per text what of: the subject or the ref
    term text how long, in words
    statute text the law that says so
    holdings number how many holdings follow the rule, for all its terms together
    waiting number of these, those without a date yet
    never_starts number of these, those whose term will not start by itself
    called_for number whose erasure is asked
    held_back number whose date has come while a hold stands
    next_due instant the earliest date that lies ahead
    rests_on list events, partition@offset
    more number of how many holdings beyond these no fact is named
""")
GAPS: Final = columns("""
    controller text whose data it is
    activity text of the controller's own data
    role text of what recipients have
    purpose text what for
    rule text the rule that it waits under; empty: none covers it
    reason text NO_RULE, NOT_STATED, DATASET or NOT_BEGUN
    waits_for list anchors that will not come by themselves
    categories list what is held
    holdings number how many
    examples list at most three people, pseudonyms
    silent list promises on which the statement says nothing about it
    rests_on list events, partition@offset
    more number of how many holdings beyond these no fact is named
""")
OVERRUNS: Final = columns("""
    controller text whose data it is
    rule text the promise
    state text OPEN, OVERDUE or HELD_BACK
    number number how many
    subjects number about how many people; empty: not counted
    oldest_due_at instant the oldest date
    late_by_seconds number how late that one is
    rests_on list events, partition@offset
    more number of how many beyond these no fact is named
""")
DUE: Final = columns("""
    due_at instant when
    state text COMING, OPEN, OVERDUE or HELD_BACK
    kind text ERASE, or what else must be done
    controller text whose data it is
    subject_ref text about whom, a pseudonym
    holder text who must
    store text where
    purpose text what for
    ref text of which order or service
    categories list what
    rule text the promise or article
    overdue_at instant from when it is late
    obligation_id text of what is called for
    rests_on list events, partition@offset
""")


def schedule_rows(answer: RetentionAnswer) -> Iterator[Row]:
    """A line for each rule and term, in the order of the policies."""
    for each in answer.schedule:
        before = (
            each.controller, each.rule, each.holder, each.is_current, each.activities, each.roles, codes(each.purposes), codes(each.categories),
        )  # fmt: skip
        after = each.holdings, each.waiting, each.never_starts, each.called_for, each.held_back, each.next_due, places(each.rests_on), each.more
        terms: list[Row] = [(one.customer, codes(one.anchors), one.mode, one.per, one.term, one.statute) for one in each.terms]
        for term in terms or [(None, (), None, None, None, None)]:
            yield (*before, *term, *after)


def gap_rows(answer: RetentionAnswer) -> Iterator[Row]:
    """What no rule gives a term, or one that will not start by itself."""
    for each in answer.gaps:
        silent = tuple(note.promise for note in each.notes)
        yield (
            each.controller, each.activity, code(each.role), each.purpose.term, each.rule, each.reason, codes(each.waits_for),
            codes(each.categories), each.holdings, each.examples, silent, places(each.rests_on), each.more,
        )  # fmt: skip


def overrun_rows(answer: RetentionAnswer) -> Iterator[Row]:
    """What is past its date, by rule."""
    for each in answer.overruns:
        yield (
            each.controller, each.rule, each.state, each.number, each.subjects, each.oldest_due_at, each.late_by_seconds, places(each.rests_on),
            each.more,
        )  # fmt: skip


def due_rows(answer: DueAnswer) -> Iterator[Row]:
    """What is past due and what comes due within 30 days, earliest first."""
    for each in answer.lines:
        yield (
            each.due_at, each.state, each.kind, each.controller, each.subject_ref, each.holder, each.store, code(each.purpose), each.ref,
            codes(each.categories), each.rule, each.overdue_at, each.obligation_id and str(uuid.UUID(bytes=each.obligation_id)),
            places(each.rests_on),
        )  # fmt: skip
