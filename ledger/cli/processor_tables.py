"""The processor statement: the tables. Reads answers only; changes none."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from ledger.answers.presentation import moment
from ledger.answers.shapes_processor import CustomersProcessing, Processing, ProcessingStore, StatementAnswer, StatementRequest, SubProcessor
from ledger.cli.register_tables import contact_lines
from ledger.cli.sharing_tables import agreement_words, gets_words, safeguard_words
from ledger.cli.tables import console, labels, place, show_freshness, show_not_covered, table_of
from ledger.legal_time import DUTCH_TIME


def show_statement(answer: StatementAnswer) -> None:
    """What is processed for customers, the data processors, and who asked."""
    out = console()
    out.print(f"{answer.controller}: {answer.statement or 'no policy is published'}" + (f", version {answer.version}" if answer.version else ""))
    for contact in contact_lines(answer.contacts):
        out.print(contact)
    if answer.policy is not None:
        _show_processing(out, answer)
    out.print("\ndata processors, and all that each has")
    _show_processors(out, answer.processors)
    if answer.requests:
        _show_requests(out, answer.requests)
    show_not_covered(out, answer.not_covered)
    show_freshness(out, answer.freshness)


def _show_processing(out: Console, answer: StatementAnswer) -> None:
    """By activity; then who got it."""
    if not answer.processing:
        out.print(f"the policy declares nothing that is done on behalf of customers ({place([answer.policy] if answer.policy else [])})")
        return
    out.print("\non behalf of customers, as their data processor")
    table = table_of("activity", "people", "since", "what, and for", "where, and until when", "rests on")
    table.show_lines = True
    for each in answer.processing:
        table.add_row(
            "\n".join([each.activity, each.title, f"({', '.join(each.promises)})"]), f"{each.subjects:,}", moment(each.since, DUTCH_TIME)[:10],
            "\n".join(_what(each)), "\n".join([*map(_store, each.stores), *each.terms]), place(each.rests_on, each.more),
        )  # fmt: skip
    out.print(table)
    subs = [(each.activity, sub) for each in answer.processing for sub in each.sub_processors]
    if not subs:
        out.print("no sub-processor has any of it")
        return
    out.print("\nsub-processors, and what of it each has")
    table = table_of("sub-processor", "of", "what it holds, and for", "agreement", "country, safeguard", "rests on")
    table.show_lines = True
    for activity, sub in subs:
        table.add_row(
            "\n".join(_whose(sub)), activity, gets_words(sub.gets), agreement_words(sub.agreement), "\n".join(_where_sub(sub)),
            place(sub.rests_on, sub.more),
        )  # fmt: skip
    out.print(table)


def _what(each: CustomersProcessing) -> list[str]:
    """What is declared, and what of it is held."""
    return [f"{labels(each.purposes)}: {labels(each.categories)}", f"held: {labels(each.held)}" if each.held else "nothing is held now"]


def _store(each: ProcessingStore) -> str:
    said = [f"{each.store} ({each.country or '-'})", *([] if each.is_declared else ["NOT DECLARED"]), *safeguard_words(each.transfer)]
    return ", ".join(said)


def _show_processors(out: Console, processors: tuple[Processing, ...]) -> None:
    table = table_of("data processor", "people", "what it holds, and for", "agreement", "country, safeguard", "rests on")
    table.show_lines = True
    for each in processors:
        subs = [f"sub-processor of {', '.join(each.sub_processor_for)}"] if each.sub_processor_for else []
        table.add_row(
            "\n".join([*_whose(each), *subs]), f"{each.subjects:,}", gets_words(each.gets), agreement_words(each.agreement),
            "\n".join(_where(each)), place(each.rests_on, each.more),
        )  # fmt: skip
    out.print(table if processors else "no data processor holds anything")


def _whose(each: Processing | SubProcessor) -> list[str]:
    return [each.processor, f"({each.role.label})", *([" -> ".join(each.chain)] if len(each.chain) > 2 else [])]


def _where_sub(each: SubProcessor) -> list[str]:
    """Its countries, and of each outside the EU what that rests on."""
    outside = [f"{found.country or '-'}: {', '.join(safeguard_words(found))}" for found in each.transfers]
    return [", ".join(each.countries or filter(None, [each.country])) or "-", *(outside or ["within the EU"] if each.holdings else [])]


def _where(each: Processing) -> list[str]:
    return [", ".join(each.countries or filter(None, [each.country])) or "-", *safeguard_words(each.safeguard)]


def _show_requests(out: Console, requests: Iterable[StatementRequest]) -> None:
    out.print("\nasked for by")
    table = table_of("statement", "who", "asked", "given", "late from", "rests on")
    for request in requests:
        given = moment(request.given_at, DUTCH_TIME) if request.given_at is not None else "NOT GIVEN"
        places = place([event for event in (request.requested, request.given) if event])
        asked, late = moment(request.requested_at, DUTCH_TIME), moment(request.due_at, DUTCH_TIME)
        table.add_row(request.statement_ref, request.requester.label, asked, given, late, places)
    out.print(table)
