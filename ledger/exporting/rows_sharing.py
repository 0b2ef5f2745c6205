"""Who gets data and where it goes, as rows. Pure: answers in, rows out. Source: docs/exports.md; docs/answers.md, "Recipients", "Transfers"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.answers.shapes_sharing import RecipientsAnswer, TransfersAnswer
from ledger.exporting.columns import Row, code, codes, columns, places

RECIPIENTS: Final = columns("""
    controller text whose data it is
    recipient text who gets it
    role text the part it plays, a term of recipient_roles
    registered flag whether the register of recipients has it with that role
    country text where the register says it is, ISO 3166-1
    countries list where its holdings are
    subjects number about how many people it has something, for all purposes together
    holdings number how many holdings, for all purposes together
    purpose text what for: one line for each; empty when it gets nothing
    categories list what it has now for that purpose
    erased list what it had for that purpose and has erased
    agreement_state text IN_FORCE, SHORT, ENDED, NONE or NOT_NEEDED
    safeguard text what the register says that transfers rest on
    safeguard_state text as in docs/answers.md, "Transfers"
    safeguard_is_lawful flag whether that holds now
    stated_recipient text what the statement says of it by name: NAMED, EXAMPLE, NOT_NAMED or NOT_SAID
    stated_outside text and of it as one outside the EU
    stated_safeguard text and of what transfers rest on
    silent list promises on which the statement says nothing about it
    rests_on list events, partition@offset
    more number of how many holdings beyond these no fact is named
""")
AGREEMENTS: Final = columns("""
    controller text who has the agreement
    recipient text with whom
    role text the part it plays
    agreement text its reference
    state text IN_FORCE, ENDED or NOT_YET
    in_force_from instant from when
    until instant until when, that moment excluded; empty: open
    purposes list what it covers: purposes; none: all
    categories list what it covers: categories; none: all
    recipient_state text whether all that the recipient has is covered: IN_FORCE, SHORT, ENDED, NONE or NOT_NEEDED
    lacks list what is not covered, `purpose: category`
    rests_on list events, partition@offset
""")
TRANSFERS: Final = columns("""
    controller text whose data it is
    holder text who has it outside the EU
    role text the part it plays; empty: the controller itself
    country text where; empty: nobody knows
    subjects number about how many people
    holdings number how many holdings
    categories list what
    purposes list what for
    oldest_since instant since when the oldest
    safeguard text what it rests on
    safeguard_state text adequate, safeguarded; or lapsed, not_a_safeguard, none, unknown, unplaced
    is_lawful flag whether that holds now
    lapsed_since instant from when it is lapsed
    valid_from instant what the register says: from
    valid_until instant what the register says: until
    rests_on list events, partition@offset
    more number of how many holdings beyond these no fact is named
""")


def recipient_rows(answer: RecipientsAnswer) -> Iterator[Row]:
    """A line for each recipient, role and purpose; one without a purpose for who is registered and gets nothing."""
    for each in answer.recipients:
        before = each.controller, each.recipient, each.role.term, each.registered, each.country, each.countries, each.subjects, each.holdings
        safeguard = (None, None, None) if each.safeguard is None else (
            code(each.safeguard.safeguard), each.safeguard.state, each.safeguard.is_lawful,
        )  # fmt: skip
        stated = each.stated.recipient, each.stated.outside, each.stated.safeguard
        silent = tuple(note.promise for note in each.notes)
        gets: list[Row] = [(one.purpose.term, codes(one.categories), codes(one.erased)) for one in each.gets] or [(None, (), ())]
        for one in gets:
            yield (*before, *one, each.agreement.state, *safeguard, *stated, silent, places(each.rests_on), each.more)


def agreement_rows(answer: RecipientsAnswer) -> Iterator[Row]:
    """A line for each agreement; one without an agreement for who needs one and has none."""
    for each in answer.recipients:
        lacks = tuple(f"{one.purpose.term}: {category.term}" for one in each.agreement.lacks for category in one.categories)
        who = each.controller, each.recipient, each.role.term
        for one in each.agreement.agreements:
            covers = codes(one.purposes), codes(one.categories)
            yield (*who, one.agreement, one.state, one.in_force_from, one.until, *covers, each.agreement.state, lacks, places((one.event,)))
        if not each.agreement.agreements and each.agreement.state != "NOT_NEEDED":
            yield (*who, None, None, None, None, (), (), each.agreement.state, lacks, places(each.rests_on))


def transfer_rows(answer: TransfersAnswer) -> Iterator[Row]:
    """What is not lawful first; last whom nobody can place."""
    for each in (*answer.transfers, *answer.unplaced):
        on = each.safeguard
        yield (
            each.controller, each.holder, code(each.role), each.country, each.subjects, each.holdings, codes(each.categories), codes(each.purposes),
            each.oldest_since, code(on.safeguard), on.state, on.is_lawful, on.since, on.valid_from, on.valid_until, places(each.rests_on), each.more,
        )  # fmt: skip
