"""What a policy forbids, and what it asks of an act, in words: the prohibitions and conditions that can touch a holding.

Pure. Says all that could cover an act on the data: a sentence too many is better than one that is missing. Source: docs/judging.md sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.core.conditions import NONE, Condition, Prohibition, Scope, Terms
from ledger.core.duty import BY_LAW as DUTIES_BY_LAW
from ledger.core.judging.fulfilling import SEEN
from ledger.core.judging.verdicts import BY_LAW
from ledger.core.policy import Policy, StatedTransfers
from ledger.core.retention_rule import RetentionRule
from ledger.explaining.shapes import Sentence
from ledger.explaining.terms import scope_of
from ledger.explaining.words import Words

_ORDER = ("collect", "share", "use", "consult")
"""The acts in the order in which they are said."""


def forbidden(policy: Policy, words: Words, **holding: Terms | str | None) -> list[Sentence]:
    """The prohibitions that can touch a holding; without one, all."""
    rules = [rule for rule in policy.prohibitions if not holding or _touches(rule.scope, rule.acts, **holding)]  # type: ignore[arg-type]
    return [prohibition(rule, words) for rule in rules]


def needed(
    policy: Policy, words: Words, acts: Iterable[str], rules: Iterable[RetentionRule] | None = None, **holding: Terms | str | None
) -> list[Sentence]:
    """The conditions on these acts that can touch a holding; without one, all. What the law asks besides comes last.

    rules: those that count for the holding; without one, all.
    """
    wanted = set(acts)
    counted = [rule for rule in (policy.retention if rules is None else rules) if rule.holder == "controller" and rule.kept != "at_most"]
    own = [rule for rule in (*policy.conditions, *policy.stated) if rule.act in wanted]
    by_law = [rule for rule in BY_LAW if rule.act in wanted and not any(_stands_for(each, rule) for each in own)]
    said: list[Sentence] = []
    for rule in (*own, *by_law):
        if not holding or _touches(rule.scope, {rule.act}, **holding):  # type: ignore[arg-type]
            kept = [each for each in counted if each.id == rule.id] if rule.needs == ("term_ended",) else []
            rights = _seen_rights(policy, rule.id) if rule.needs == ("done",) else []
            if kept or rights or rule.needs not in (("term_ended",), ("done",)):  # else nothing is judged: docs/judging.md section 4
                said += condition(rule, words, policy.transfers, kept=kept, rights=rights, is_law=rule in by_law)
    return said


def _seen_rights(policy: Policy, promise: str) -> list[str]:
    """The rights of which this promise, or rule of law, is asked whether something was done: that of the duty to answer which counts for them."""
    found = []
    for right in sorted(SEEN):
        duties = (duty for duty in (*policy.duties, *DUTIES_BY_LAW) if duty.is_for("request", "answer", right=right))
        if (duty := next(duties, None)) is not None and duty.id == promise:
            found.append(right)
    return found


def _stands_for(own: Condition, law: Condition) -> bool:
    """Whether the policy promises it of all acts that the law asks it of. Of `done` each right has one rule: `_seen_rights` tells."""
    return "done" not in law.needs and own.act == law.act and own.scope in (Scope(), law.scope) and not set(own.needs).isdisjoint(law.needs)


def prohibition(rule: Prohibition, words: Words) -> Sentence:
    """One prohibition in words."""
    acts = words.one_of(words.keys[f"infinitive.{act}"] for act in _ORDER if act in rule.acts)
    what, limits = scope(rule.scope, words, words.keys["acts.any_data"])
    text = words.say("acts.forbidden", acts=acts, what=what, limits=limits)
    if rule.severity != "BREACH":
        text += " " + words.say("acts.severity_done", severity=words.code("severity", rule.severity))
    return Sentence(text, (rule.id,))


def condition(
    rule: Condition, words: Words, stated: StatedTransfers | None = None, *, kept: Iterable[RetentionRule] = (), rights: Iterable[str] = (),
    is_law: bool = False,
) -> list[Sentence]:  # fmt: skip
    """One condition in words; a cap says how it counts.

    stated: what the statement says of data outside the EU. kept: the rules whose term is to be over. rights: those that it is asked of.
    """
    what = words.keys["acts.any_data"]
    if rule.act == "answer":
        asked = [words.code("right", right) for right in rights]
        what = words.say("acts.a_request_of", rights=words.one_of(asked)) if asked else words.keys["acts.a_request"]
    act, (what, limits) = words.keys[f"gerund.{rule.act}"], scope(rule.scope, words, what)
    scopes = [scope_of(each, words, with_holder=False) for each in kept]
    covered = f"{words.keys['term.scope_controller']} {words.all_of(scopes) if all(scopes) else ''}".strip()  # a rule with no limits covers all
    if rule.at_most is not None:
        within = words.duration(rule.at_most.within)
        said = [
            words.say("acts.capped", act=act, what=what, limits=limits, count=rule.at_most.count, within=within),
            words.say("acts.rolling", next=rule.at_most.count + 1, within=within),
        ]
    else:
        needs = words.keys["joined.need_or"].join(_need(need, rule, words, stated, covered) for need in rule.needs)
        said = [words.say("acts.needed", act=act, what=what, limits=limits, needs=needs)]
    if is_law:
        said = [words.say("acts.by_law", sentence=sentence[:1].lower() + sentence[1:]) for sentence in said]
    if rule.severity != "BREACH":  # the ledger's word, not the law's
        said.append(words.say("acts.severity", severity=words.code("severity", rule.severity)))
    return [Sentence(text[:1].upper() + text[1:], (rule.id,)) for text in said]  # in Dutch the data comes first


def scope(about: Scope, words: Words, what: str) -> tuple[str, str]:
    """What an act is about, and what limits it. what: where no categories are named."""
    what, said = words.one_of(words.names("categories", about.categories)) or what, []
    limits: tuple[tuple[str, Iterable[str]], ...] = (
        ("purposes", words.names("purposes", about.purposes)),
        ("except_purposes", words.names("purposes", about.except_purposes)),
        ("activities", sorted(about.activities)),
        ("stores", sorted(about.stores)),
        ("roles", words.names("recipient_roles", about.roles)),
        ("except_roles", words.names("recipient_roles", about.except_roles)),
        ("recipients", sorted(about.recipients)),
        ("products", sorted(about.products)),
        ("except_products", sorted(about.except_products)),
        ("channels", words.names("channels", about.channels)),
        ("outcomes", [words.code("outcome", outcome) for outcome in sorted(about.outcomes)]),
    )
    said += [words.say(f"scope.{name}", names=words.one_of(names)) for name, names in limits if names]
    if about.by != "any":
        said.append(words.keys[f"scope.by_{about.by}"])
    return what, "".join(said)


def _need(need: str, rule: Condition, words: Words, stated: StatedTransfers | None, kept: str) -> str:
    recipients, safeguards = (stated.recipients, stated.safeguards) if stated else (NONE, NONE)
    return words.say(
        f"needs.{need}", grounds=words.one_of(words.names("disclosure_grounds", rule.grounds)), recipients=words.one_of(sorted(recipients)),
        kept=kept, safeguards=words.one_of(words.names("safeguards", safeguards)), objections=words.one_of(words.names("purposes", rule.objections)),
    )  # fmt: skip


def _touches(about: Scope, acts: Iterable[str], *, categories: Terms, purposes: Terms, activity: str | None, role: str | None, stores: Terms) -> bool:
    """Whether some act of these kinds on such data can be covered.

    Of a holding of the controller (activity given): collecting it, and sharing, using, looking at and erasing it. Of a recipient's (role given):
    the share that brought it there, its use and its erasure by the recipient.
    """
    of_own, of_theirs = {"collect", "share", "use", "consult", "erase", "rectify", "answer"}, {"share", "use", "erase", "rectify"}
    kinds = set(acts) & (of_own if role is None else of_theirs)
    if not kinds or (about.categories and categories and about.categories.isdisjoint(categories)):
        return False
    if kinds == {"collect"} and about.purposes and about.purposes.isdisjoint(purposes):
        return False
    if role is not None:
        of_role = (not about.roles or role in about.roles) and role not in about.except_roles
        return not about.activities and of_role and not (kinds <= {"use", "erase", "rectify"} and about.by == "controller")
    return (
        (not about.activities or activity in about.activities)
        and (not about.stores or not about.stores.isdisjoint(stores))
        and not (kinds <= {"use", "erase", "rectify"} and about.by == "recipient")
    )
