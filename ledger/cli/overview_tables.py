"""Sharing, deletion and promises in numbers: the tables. Reads answers only; changes none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console

from ledger.answers.deletion_overview import IN_TIME
from ledger.answers.presentation import moment
from ledger.answers.shapes import Term
from ledger.answers.shapes_overviews import Chain, DeletionOverview, PromisesOverview, SharesOfMonth, SharingOverview
from ledger.cli.sharing_tables import AGREEMENTS, safeguard_words
from ledger.cli.tables import console, labels, show_freshness, table_of
from ledger.legal_time import DUTCH_TIME

_ENDS = {"LAST": "", "CIRCLE": ", and round again", "CUT": ", and on"}
NAMES_MAX = 5
ROWS_MAX = 40
"""Of a list that grows with the ledger's time or its holders; --json has all."""


def show_sharing(answer: SharingOverview) -> None:
    """Recipients, categories, places, links, chains, months and agreements."""
    out = console()
    out.print(f"people of whom something is held: {answer.subjects:,}")
    table = table_of("recipient", "people", "holdings", "categories", "agreement", "safeguard")
    for each in answer.recipients:
        whose = f"{each.recipient} ({each.role.label}) of {each.controller}{'' if each.registered else ', NOT REGISTERED'}"
        safeguard = "\n".join(safeguard_words(each.safeguard)) or "-"
        table.add_row(whose, f"{each.subjects:,}", f"{each.holdings:,}", labels(each.categories), AGREEMENTS[each.agreement], safeguard)
    out.print(table if answer.recipients else "nobody gets anything")
    table = table_of("category", "recipient", "holdings")
    for cell in answer.matrix[:ROWS_MAX]:
        table.add_row(cell.category.label, f"{cell.recipient} ({cell.role.label}) of {cell.controller}", f"{cell.holdings:,}")
    _show(out, "\nwhat recipients have", table, len(answer.matrix))
    table = table_of("country", "holder", "people", "holdings", "safeguard")
    for there in answer.places[:ROWS_MAX]:
        country = (there.country or "not known") + (" (register)" if there.by_register else "")
        whose = f"{there.holder} ({_role(there.role)}) of {there.controller}"
        table.add_row(country, whose, f"{there.subjects:,}", f"{there.holdings:,}", "\n".join(safeguard_words(there.safeguard)) or "-")
    _show(out, "\nwhere it is", table, len(answer.places))
    table = table_of("giver", "recipient", "holdings")
    for flow in answer.flows[:ROWS_MAX]:
        table.add_row(flow.giver, f"{flow.recipient} ({flow.role.label}) of {flow.controller}", f"{flow.holdings:,}")
    _show(out, "\nwho gave it", table, len(answer.flows))
    _show_ways(out, answer)
    table = table_of("agreement", "recipient", "state", "until")
    for line in answer.agreements[:ROWS_MAX]:
        about = line.agreement
        state, until = about.state.lower().replace("_", " "), moment(about.until, DUTCH_TIME)
        table.add_row(about.agreement, f"{line.recipient} of {line.controller}", state, until)
    _show(out, "\nagreements", table, len(answer.agreements))
    show_freshness(out, answer.freshness)


def _show_ways(out: Console, answer: SharingOverview) -> None:
    """By which ways data went on, and how often in each month."""
    table = table_of("controller", "way, with the holdings at each link")
    for chain in answer.chains[:ROWS_MAX]:
        table.add_row(chain.controller, _way(chain))
    more = " (there are more ways than are told)" if answer.more_chains else ""
    _show(out, f"\nhow it went on{more}", table, len(answer.chains))
    months = sorted({each.month for each in answer.by_month}, reverse=True)
    table = table_of("month", "shares", "onward", "with whom")
    for month in months[:ROWS_MAX]:
        found = [each for each in answer.by_month if each.month == month]
        onward = sum(each.onward for each in found)
        table.add_row(f"{month:%Y-%m}", f"{sum(each.shares for each in found):,}", f"{onward:,}", _most(found))
    _show(out, "\nhow often something was shared", table, len(months))


def show_deletion(answer: DeletionOverview) -> None:
    """Numbers first, then each list."""
    out = console()
    out.print(
        f"overdue {answer.overdue:,}, open {answer.open:,}, held back {answer.held_back:,}; done {answer.done:,}, refused {answer.refused:,}"
        + (f"; today is {answer.today}" if answer.today else "; no time has come yet")
    )
    table = table_of("state", "days", "holder", "rule", "number", "oldest")
    for each in answer.unsettled[:ROWS_MAX]:
        table.add_row(each.state.lower(), each.age, f"{each.holder} of {each.controller}", each.rule, f"{each.number:,}", str(each.oldest))
    _show(out, "\ncalled for and not done", table, len(answer.unsettled))
    table = table_of("state", "kind", "holder", "number", "oldest")
    for duty in answer.other_duties[:ROWS_MAX]:
        table.add_row(duty.state.lower(), duty.kind.lower(), f"{duty.holder} of {duty.controller}", f"{duty.number:,}", str(duty.oldest))
    _show(out, "\nother duties, not done", table, len(answer.other_duties))
    table = table_of("holder", "rule", "number", "oldest")
    for held in answer.waiting[:ROWS_MAX]:
        table.add_row(f"{held.holder} of {held.controller}", held.rule or "-", f"{held.number:,}", str(held.oldest))
    _show(out, "\nheld back", table, len(answer.waiting))
    table = table_of("first", "holder", "rule", "number")
    for coming in answer.coming_by_rule[:ROWS_MAX]:
        table.add_row(str(coming.first), f"{coming.holder} of {coming.controller}", coming.rule or "-", f"{coming.number:,}")
    _show(out, f"\ncomes due up to {answer.until}, from which day", table, len(answer.coming_by_rule))
    table = table_of("month", "what", "holder", "number")
    for done in answer.settled[:ROWS_MAX]:
        what = "done" if done.state == "MET" else f"called off: {done.reason or '-'}"
        table.add_row(f"{done.month:%Y-%m}", what, f"{done.holder} of {done.controller}", f"{done.number:,}")
    _show(out, "\ndone and called off", table, len(answer.settled))
    table = table_of("what", "holder", "rule", "number")
    for each_done in answer.settled_by_rule[:ROWS_MAX]:
        late = "in time" if each_done.lateness == IN_TIME else f"{each_done.lateness} days after it was due"
        what = f"done, {late}" if each_done.state == "MET" else f"called off: {each_done.reason or '-'}"
        table.add_row(what, f"{each_done.holder} of {each_done.controller}", each_done.rule, f"{each_done.number:,}")
    _show(out, "\nthe same by rule, and how late", table, len(answer.settled_by_rule))
    table = table_of("holder", "purpose", "rule", "holdings")
    for gap in answer.without_date[:ROWS_MAX]:
        whose = f"{gap.holder} ({_role(gap.role)}) of {gap.controller}"
        table.add_row(whose, gap.purpose.label, gap.rule or "NO RULE", f"{gap.number:,}")
    _show(out, "\nwithout a date", table, len(answer.without_date))
    show_freshness(out, answer.freshness)


def show_promises(answer: PromisesOverview) -> None:
    """Each promise and month."""
    out = console()
    table = table_of("month", "promise", "rule", "severity", "times", "controller")
    for each in answer.broken[:ROWS_MAX]:
        table.add_row(f"{each.month:%Y-%m}", each.promise, each.rule, each.severity, f"{each.number:,}", each.controller)
    _show(out, "broken promises", table, len(answer.broken))
    show_freshness(out, answer.freshness)


def _show(out: Console, title: str, table: object, number: int) -> None:
    more = f" (the first {ROWS_MAX} of {number:,}; --json has all)" if number > ROWS_MAX else ""
    out.print(f"{title}{more if number else ': none'}")
    if number:
        out.print(table)


def _way(chain: Chain) -> str:
    links = "".join(f" > {link.recipient} ({link.holdings:,})" for link in chain.links)
    return chain.links[0].giver + links + _ENDS[chain.end]


def _most(shares: Iterable[SharesOfMonth]) -> str:
    """Recipients with their numbers, those with most first."""
    sums: Counter[str] = Counter()
    for each in shares:
        sums[each.recipient] += each.shares
    told = [f"{name} {number:,}" for name, number in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))]
    return ", ".join(told[:NAMES_MAX]) + (f" and {len(told) - NAMES_MAX} more" if len(told) > NAMES_MAX else "")


def _role(role: Term | None) -> str:
    return role.label if role else "controller"
