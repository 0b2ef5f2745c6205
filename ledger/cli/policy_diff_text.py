"""`ledger policy diff` in words and tables: 100 columns where there is no terminal. Reads what was found; works nothing out."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from ledger.answers.presentation import duration, moment, moment_in_words
from ledger.cli.tables import console, labels, show_freshness, show_more, table_of, with_detail
from ledger.contract.term_names import spelt
from ledger.core.calendar import parse_duration
from ledger.legal_time import DUTCH_TIME

if TYPE_CHECKING:
    from ledger.answers.policy_effects import EffectAnswer
    from ledger.policies.comparing import Value
    from ledger.policies.shapes import ChangedField, ChangedPart, DiffAnswer

_STICKS: Final = "\N{NO-BREAK SPACE}"
"""Between a sign and its word no line may break."""
_TERMS: Final = frozenset({"after", "then", "acts_within"})
_KINDS: Final = {"EARLIER": "earlier", "LATER": "later", "GAINS": "a first date", "LOSES": "no date any more", "RULE": "same date, other rule"}
_OUTCOMES: Final = {
    "ObligationRaised": "raised", "ObligationCancelled": "cancelled", "ObligationMet": "met", "ObligationOverdue": "overdue",
}  # fmt: skip
_VERDICTS: Final = {"NEW": "found", "GONE": "not found"}


def show_changes(found: DiffAnswer) -> None:
    """What the newer text says otherwise."""
    out, old, new = console(), found.old, found.new
    out.print(f"{old.policy} {old.version} -> {new.policy} {new.version}, in force from {new.in_force_from}")
    if not found.changes:
        out.print("both say the same")
    for change in found.changes:
        out.print(f"\n{change.part} {change.name}: {change.how}")
        for field in change.fields:
            text = f"{field.field.replace('_', ' ')}: {_said(change, field)}"
            lines = fill(text, out.width, initial_indent=" " * 4, subsequent_indent=" " * 8, break_on_hyphens=False)
            out.print(lines.replace(_STICKS, " "))


def _said(change: ChangedPart, field: ChangedField) -> str:
    if change.how != "changed":
        return _words(field.field, field.old if field.new is None else field.new)
    old, new = field.old, field.new
    if isinstance(old or new, tuple) and not isinstance(old, str) and not isinstance(new, str):
        gained, lost = set(new or ()) - set(old or ()), set(old or ()) - set(new or ())
        if gained or lost:
            return "  ".join([*(f"+{_STICKS}{each}" for each in sorted(gained)), *(f"-{_STICKS}{each}" for each in sorted(lost))])
    return f"{_words(field.field, new)} (was {_words(field.field, old)})"


def _words(field: str, value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return duration(parse_duration(value)) if field in _TERMS else value
    return ", ".join(value)


def show_effect(effect: EffectAnswer, *, one_by_one: bool) -> None:
    """What publishing would change on this ledger. one_by_one: each single change was asked for, and not just examples."""
    out = console()
    out.print(f"\nif {effect.policy} {effect.version} were published on this ledger now")
    if effect.is_sample:
        out.print(f"A SAMPLE: the first {effect.subjects:,} people by id, about {effect.share:.1%} of all; the numbers are those of the sample")
    out.print(f"looked at {effect.subjects:,} people, {effect.holdings:,} holdings, {effect.facts:,} facts")
    _holdings(effect)
    if effect.outcome_counts:
        told = ", ".join(f"{each.outcomes:,} {_OUTCOMES.get(each.type, spelt(each.type))}" for each in effect.outcome_counts)
        out.print(f"\nobligations at once: {told}")
    _verdicts(effect)
    show_more(out, effect.more, "raise --limit" if one_by_one else "ask with --list")
    show_freshness(out, effect.freshness)


def _holdings(effect: EffectAnswer) -> None:
    out = console()
    if not effect.holding_counts:
        out.print("\nno holding would get another date or rule")
        return
    out.print("\nholdings that would get another date or rule")
    table = table_of("date", "rule now", "rule then", "holdings", "people", "due at once")
    for count in effect.holding_counts:
        rules = [rule or "none" for rule in (count.rule_before, count.rule_after)]
        table.add_row(_KINDS[count.kind], *rules, f"{count.holdings:,}", f"{count.subjects:,}", f"{count.at_once:,}")
    out.print(table)
    out.print("\nfor example" if effect.more else "\none by one")
    table = table_of("subject", "holder", "what", "for", "due now", "due then", "rule")
    for each in effect.changed_holdings:
        then = moment(each.would_be_due_at, DUTCH_TIME) + (", at once" if each.at_once else "")
        rule = each.rule_after if each.rule_after == each.rule_before else f"{each.rule_before or 'none'} -> {each.rule_after or 'none'}"
        table.add_row(
            each.subject_ref, with_detail(each.holder, each.store), labels(each.categories), with_detail(each.purpose.label, each.ref),
            moment(each.was_due_at, DUTCH_TIME), then, rule or "-",
        )  # fmt: skip
    out.print(table)


def _verdicts(effect: EffectAnswer) -> None:
    out = console()
    since = "" if effect.since is None else f", of facts since {moment_in_words(effect.since, DUTCH_TIME)}"
    out.print(f"\nverdicts that would be other, were {effect.judged:,} acts judged again (published ones stay){since}")
    if not effect.verdict_counts:
        out.print("none")
        return
    table = table_of("promise", "what is wrong", "then", "times", "people")
    for count in effect.verdict_counts:
        table.add_row(count.promise, count.rule.replace("-", " "), _VERDICTS[count.change], f"{count.verdicts:,}", f"{count.subjects:,}")
    out.print(table)
    out.print()
    table = table_of("promise", "what is wrong", "then", "subject", "fact", "happened", "position")
    for each in effect.changed_verdicts:
        table.add_row(
            each.promise, each.rule.replace("-", " "), _VERDICTS[each.change], each.subject_ref, spelt(each.fact),
            moment(each.happened_at, DUTCH_TIME), f"{each.event.partition}:{each.event.offset}",
        )  # fmt: skip
    out.print(table)
