"""What must be done when something happens, in words: the duties of a policy, and those that the law adds. Pure. Source: docs/duties.md section 1."""

from __future__ import annotations

from ledger.core.duty import BY_LAW, DISCLOSURE_BY_LAW, Duty
from ledger.core.policy import Policy
from ledger.explaining.shapes import Sentence
from ledger.explaining.words import Words

_BY_CLOCK = frozenset(
    {("request", "answer"), ("request", "erase"), ("erasure", "end_service"), ("erasure", "export_first"), ("breach", "notify_authority")}
)
"""These have a clock of the law instead of `acts_within`."""


def duties_of(policy: Policy, words: Words, *, is_mandatory: bool = True, is_own: bool = True) -> list[Sentence]:
    """The duties of a policy; what the law asks besides comes last.

    is_mandatory: whether the contract needs the data, so that its erasure ends a service. is_own: whether the controller has it.
    """
    whole = {(duty.on, duty.do) for duty in policy.duties if not duty.risks and not duty.rights}
    law = [duty for duty in (*BY_LAW, DISCLOSURE_BY_LAW) if (duty.on, duty.do) not in whole]
    said = [Sentence(_in_words(duty, policy, words), (duty.id,)) for duty in policy.duties if _concerns(duty, is_mandatory, is_own)]
    for duty in law:
        text = _in_words(duty, policy, words)
        said.append(Sentence(words.say("acts.by_law", sentence=text[:1].lower() + text[1:]), (duty.id,)))
    return said


def _concerns(duty: Duty, is_mandatory: bool, is_own: bool) -> bool:
    return (duty.do != "end_service" or is_mandatory) and (duty.do != "export_first" or is_own)


def _in_words(duty: Duty, policy: Policy, words: Words) -> str:
    rights, risks = ([words.code(kind, each) for each in sorted(of)] for kind, of in (("right", duty.rights), ("risk", duty.risks)))
    about = "".join(words.say(f"duty.about_{kind}", names=words.one_of(of)) for kind, of in (("rights", rights), ("risks", risks)) if of)
    said = words.say(f"duty.{duty.on}.{duty.do}", about=about)
    if (duty.on, duty.do) in _BY_CLOCK and duty.acts_within is None:
        return said
    within = duty.acts_within if duty.acts_within is not None else policy.acts_within
    return f"{said} {words.say('duty.acts_within', duration=words.duration(within))}"
