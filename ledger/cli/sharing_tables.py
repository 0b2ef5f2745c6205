"""Who gets data, and where it goes: the tables. Reads answers only; changes none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.console import Console

from ledger.answers.presentation import moment
from ledger.answers.shapes_sharing import (
    AgreementState,
    Gets,
    PromiseNote,
    RecipientsAnswer,
    SafeguardAnswer,
    Stated,
    TransferAnswer,
    TransfersAnswer,
)
from ledger.cli.tables import console, labels, place, show_freshness, table_of
from ledger.legal_time import DUTCH_TIME

STATES: Final = {
    "inside": "within the EU", "adequate": "adequate country", "safeguarded": "in force", "lapsed": "LAPSED", "not_a_safeguard": "CARRIES NOTHING",
    "unknown": "UNKNOWN SAFEGUARD", "none": "NO SAFEGUARD", "unplaced": "no country is known",
}  # fmt: skip
AGREEMENTS: Final = {"IN_FORCE": "in force", "SHORT": "SHORT", "ENDED": "ENDED", "NONE": "NONE", "NOT_NEEDED": "none asked for"}


STATED: Final = {"NAMED": "named", "EXAMPLE": "an example", "NOT_NAMED": "NOT NAMED", "NOT_SAID": "not said"}


def stated_words(stated: Stated) -> str:
    """Whether the statement names it; outside the EU also whether it says so, and what that rests on."""
    outside = [f"outside the EU: {STATED[stated.outside]}"] if stated.outside != "INSIDE" else []
    safeguard = [f"safeguard: {STATED[stated.safeguard]}"] if stated.safeguard != "NOT_NEEDED" else []
    return "\n".join([STATED[stated.recipient], *outside, *safeguard])


def show_recipients(answer: RecipientsAnswer) -> None:
    """Each recipient."""
    out = console()
    table = table_of("recipient", "people", "what it gets, and for", "stated", "agreement", "country, safeguard", "rests on")
    table.show_lines = True
    for each in answer.recipients:
        whose = [each.recipient, f"({each.role.label})", f"of {each.controller}", *([] if each.registered else ["NOT REGISTERED"])]
        where = [", ".join(each.countries or filter(None, [each.country])) or "-", *safeguard_words(each.safeguard)]
        table.add_row(
            "\n".join(whose), f"{each.subjects:,}", gets_words(each.gets) or "nothing", stated_words(each.stated),
            agreement_words(each.agreement), "\n".join(where),
            place(each.rests_on, each.more),
        )  # fmt: skip
    out.print(table if answer.recipients else "nobody gets anything")
    show_notes(out, (note for each in answer.recipients for note in each.notes))
    show_freshness(out, answer.freshness)


def show_transfers(answer: TransfersAnswer) -> None:
    """Each transfer, and the recipients of whom no country is known."""
    out = console()
    for title, found in (("outside the EU", answer.transfers), ("\nno country is known of", answer.unplaced)):
        if found:
            out.print(title)
            out.print(_transfers(found))
    if not answer.transfers:
        out.print("nothing is known to be held outside the EU")
    show_notes(out, answer.notes)
    show_freshness(out, answer.freshness)


def _transfers(found: Iterable[TransferAnswer]) -> object:
    table = table_of("country", "holder", "people", "holdings", "what, and for", "safeguard", "rests on")
    table.show_lines = True
    for each in found:
        whose = f"{each.holder}\n({each.role.label if each.role else 'controller'})\nof {each.controller}"
        what = f"{labels(each.categories)}\n{labels(each.purposes)}"
        table.add_row(
            each.country or "-", whose, f"{each.subjects:,}", f"{each.holdings:,}", what, "\n".join(safeguard_words(each.safeguard)),
            place(each.rests_on, each.more),
        )  # fmt: skip
    return table


def gets_words(found: Iterable[Gets]) -> str:
    """By purpose, what is held; what is gone is said to be."""
    lines = []
    for each in found:
        what = [labels(each.categories)] if each.categories else []
        what += [f"erased: {labels(each.erased)}"] if each.erased else []
        lines.append(f"{each.purpose.label}: {'; '.join(what)}")
    return "\n".join(lines)


def agreement_words(state: AgreementState) -> str:
    """The state, the agreements, and what they do not cover."""
    lines = [AGREEMENTS[state.state]]
    for each in state.agreements:
        until = f" until {moment(each.until, DUTCH_TIME)}" if each.until is not None else ""
        lines.append(f"{each.agreement} from {moment(each.in_force_from, DUTCH_TIME)[:10]}{until}")
    lines += [f"not {labels(lack.categories)} for {lack.purpose.label}" for lack in state.lacks]
    return "\n".join(lines)


def safeguard_words(found: SafeguardAnswer | None) -> list[str]:
    """What it rests on, and whether that holds."""
    if found is None:
        return []
    since = f" since {moment(found.since, DUTCH_TIME)}" if found.since is not None else ""
    until = f" until {moment(found.valid_until, DUTCH_TIME)}" if found.valid_until is not None and found.since is None else ""
    return [*([found.safeguard.label] if found.safeguard else []), f"{STATES[found.state]}{since}{until}"]


def show_notes(out: Console, notes: Iterable[PromiseNote]) -> None:
    """What the statements are silent or out of date on; each once."""
    for each in sorted(set(notes), key=lambda note: note.promise):
        out.print(f"{each.promise} is {each.status}: {each.note} ({place(each.rests_on)})")
