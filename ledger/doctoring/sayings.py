"""What `ledger doctor` can say: each finding by its key, with its verdict, what it speaks of, its English sentence and what to do.

A finding is a key and parts; the sentence is made from them here, and on a page in the language of the page (ledger/web/pages/findings.py), so no
check writes a sentence of its own. Pure. Must never hold a value of an event: names, positions, counts, ages. Source: docs/runbook.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from ledger.contract.term_names import spelt

Verdict = Literal["ok", "warning", "wrong"]
NUMBER: Final = "number"
"""The part by which a sentence is of one thing or of several."""


class Saying(NamedTuple):
    """looked_at: of what it speaks. said, remedy: with places for the parts. one: said where the part `number` is 1; empty: as for several."""

    verdict: Verdict
    looked_at: str
    said: str
    remedy: str = ""
    one: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part that is a piece of sentence itself. key: of CLAUSES."""

    key: str
    parts: Mapping[str, Any] = field(default_factory=dict)


class Figure:
    """A number that is written as its language does: 1,234.5 or 1.234,5."""

    def __init__(self, number: float, language: str) -> None:
        self._number, self._is_dutch = number, language == "nl"

    def __format__(self, spec: str) -> str:
        text = format(self._number, spec or ",")
        return text.translate(_DUTCH) if self._is_dutch else text


_DUTCH: Final = str.maketrans(",.", ".,")
_NEEDS: Final = "mend `{check}`, then ask again"
_OWN_MACHINE: Final = "`ledger doctor` on its machine says more"
_BELONG: Final = "bring back the services that belong together"
_COULD_NOT: Final = "could not look"
_CLUSTER, _TOPICS, _LAG = "cluster and topic ids", "partitions and settings of all topics", "ends of the log and positions"
_SENT, _LETTERS, _RECONCILED = "outcomes and what was sent", "dead letters that were not emitted again", "what ledger reconcile found"
_TIME, _SEAL, _CHECKS = "obligations past their time", "the newest seal", "the last checks"
_CLOCKS, _ARCHIVE, _KEYS = "this machine, the database, the newest record of the broker", "the folder of the archive", "key files"
_DISKS, _DAYS = "disks of home and archive", "keys of days of look-ups"
_IS_FROM_HERE: Final = "the database is {skew:+.1f} s from here"

SAYINGS: Final[Mapping[str, Saying]] = MappingProxyType({
    "not_looked_at": Saying("warning", "nothing", "not looked at: it needs `{check}`", _NEEDS),
    "stopped": Saying("wrong", _COULD_NOT, "stopped with {kind}", "report this"),
    "error_dependency": Saying("wrong", _COULD_NOT, "a service that it needs does not answer", _OWN_MACHINE),
    "error_caller": Saying("wrong", _COULD_NOT, "a setting is missing or wrong", _OWN_MACHINE),
    "error_refused": Saying("wrong", _COULD_NOT, "somebody else is at it", _OWN_MACHINE),
    "error_data": Saying("wrong", _COULD_NOT, "something stored is damaged", _OWN_MACHINE),
    "error_other": Saying("wrong", _COULD_NOT, "something is not as it must be", _OWN_MACHINE),
    "settings_home": Saying("ok", "LEDGER__* and run.json", "they name a ledger of this home"),
    "settings_own": Saying("ok", "LEDGER__* and run.json", "they name own Kafka and PostgreSQL"),
    "kafka_answers": Saying("ok", "the cluster id", "Kafka answers: cluster {cluster}"),
    "kafka_other": Saying("wrong", _CLUSTER, "{differs}", _BELONG),
    "kafka_ours": Saying("ok", _CLUSTER, "they are those of this {mode} ledger with {partitions} partitions"),
    "topics_wrong": Saying("wrong", _TOPICS, "{wrong}", "set them back with Kafka's own tools; find out who changed them"),
    "topics_small": Saying("warning", _TOPICS, "{small}", "raise it: larger events are refused, or put aside as oversize"),
    "topics_kept": Saying("ok", _TOPICS, "{topics} topics keep everything"),
    "postgres_answers": Saying("ok", "a connection", "PostgreSQL {version} answers"),
    "tables_foreign": Saying(
        "wrong", "migrations", "applied and not of this version: {migrations}",
        "install the version of the ledger that the database was made with, or a newer one",
    ),
    "tables_missing": Saying("wrong", "migrations", "not applied: {migrations}", "ledger migrate"),
    "tables_current": Saying(
        "ok", "migrations and the layout of the projections", "all {migrations} are applied, the tables are those of this version"
    ),
    "identity_none": Saying("wrong", "table identity", "the database belongs to no ledger yet", "ledger up"),
    "identity_elsewhere": Saying("ok", "table identity", "this home has no ledger.json: its ledger was made from elsewhere"),
    "identity_other": Saying(
        "wrong", "ledger.json and table identity", "they speak of different ledgers", "check LEDGER__HOME and the addresses of the services"
    ),
    "identity_same": Saying("ok", "ledger.json and table identity", "both say: {mode}, {partitions} partitions"),
    "workers_none": Saying("wrong", "sessions in PostgreSQL", "no worker is seen", "ledger work"),
    "workers_idle": Saying(
        "warning", "leaders of duties", "{number} workers, and nobody leads: {idle}", "ledger work; or wait if one just started",
        "1 worker, and nobody leads: {idle}",
    ),
    "workers_there": Saying("ok", "sessions and leaders of duties", "{number} workers; {led} are led", "", "1 worker; {led} are led"),
    "lag_ahead": Saying(
        "wrong", _LAG, "PostgreSQL is ahead of the log: {partitions}", "the topic has lost records: do not start workers"
    ),
    "lag_many": Saying("warning", _LAG, "{number} records are not folded", "start more workers, at most one per partition"),
    "lag_old": Saying(
        "wrong", _LAG, "{number} records are not folded, the oldest since {minutes:,.0f} minutes",
        "a worker that is there does not get on: read its log, and start it again", "1 record is not folded, the oldest since {minutes:,.0f} minutes",
    ),
    "lag_some": Saying("ok", _LAG, "{number} records are not folded", "", "1 record is not folded"),
    "lag_none": Saying("ok", _LAG, "all is folded"),
    "pending_some": Saying(
        "warning", "progress", "{number} register events are being folded into many subjects", "nothing: it ends by itself while a worker runs",
        "1 register event is being folded into many subjects",
    ),
    "pending_none": Saying("ok", "progress", "nothing is pending"),
    "outbox_some": Saying(
        "warning", _SENT, "{number} outcomes are not sent", "ask again: if it does not fall, no worker relays", "1 outcome is not sent"
    ),
    "outbox_none": Saying("ok", _SENT, "all outcomes are sent"),
    "letters_some": Saying("warning", _LETTERS, "{letters}", "ledger dead-letters list"),
    "letters_none": Saying("ok", _LETTERS, "there are none"),
    "reconcile_differs": Saying("wrong", _RECONCILED, "{mismatches}", "ledger reconcile names the places"),
    "reconcile_never": Saying("warning", _RECONCILED, "it was never run", "ledger reconcile; best daily, or with --watch"),
    "reconcile_same": Saying("ok", _RECONCILED, "they are the same"),
    "overdue_some": Saying("wrong", _TIME, "{duties}", "ledger obligations --state overdue"),
    "overdue_none": Saying("ok", _TIME, "there are none"),
    "seals_never": Saying("warning", _SEAL, "nothing was ever sealed: the log can be changed unseen", "ledger keys init, then ledger seal"),
    "seals_wait": Saying(
        "warning", _SEAL, "{number} folded records wait since {hours:.1f} hours", "ledger seal; or ledger work --only sealer",
        "1 folded record waits since {hours:.1f} hours",
    ),
    "seals_young": Saying("ok", _SEAL, "{number} facts are sealed", "", "1 fact is sealed"),
    "checks_bad": Saying("wrong", _CHECKS, "found something, or could not decide: {checks}", "run it again and read what it says"),
    "checks_never": Saying("warning", _CHECKS, "the archive was never verified from here", "ledger audit verify"),
    "checks_old": Saying("warning", _CHECKS, "verified {days:.1f} days ago", "ledger audit verify"),
    "checks_good": Saying("ok", _CHECKS, "verified, and nothing found"),
    "clocks_wrong": Saying("wrong", _CLOCKS, f"{_IS_FROM_HERE}; the broker at least {{ahead:.1f}} s ahead", "set the clocks (NTP)"),
    "clocks_off": Saying("warning", _CLOCKS, _IS_FROM_HERE, "set the clocks (NTP)"),
    "clocks_agree": Saying("ok", _CLOCKS, "the database is {skew:+.2f} s from here, the broker is not ahead"),
    "archive_closed": Saying(
        "wrong", _ARCHIVE, "nothing can be written there: {kind}", "make space, or set rights or LEDGER__SEALING__ARCHIVE"
    ),
    "archive_there": Saying("ok", _ARCHIVE, "is writable"),
    "archive_to_come": Saying("ok", _ARCHIVE, "is not there yet, and can be made"),
    "keys_open": Saying("wrong", _KEYS, "others may read them: {keys}", "chmod 600; think about who could have read it, and rotate"),
    "keys_gone": Saying(
        "wrong", _KEYS, "the vault has begun and its key is not on this machine", "bring back the key file, or set LEDGER__VAULT__KEYS"
    ),
    "keys_ours": Saying("ok", _KEYS, "of mode 0600: {keys}"),
    "keys_none": Saying("ok", _KEYS, "there are none, and none is needed yet"),
    "disk_full": Saying("wrong", _DISKS, "{megabytes:,.0f} MB are free for the {disk}", "make space"),
    "disk_tight": Saying("warning", _DISKS, "{tight}", "make space, or plan for more: the log only grows"),
    "disk_roomy": Saying("ok", _DISKS, "{gigabytes:,.1f} GB are free"),
    "look_ups_none": Saying("ok", _DAYS, "there are none"),
    "look_ups_over": Saying("wrong", _DAYS, "{over} of {number} days are past their term", "ledger vault expire", "the one day is past its term"),
    "look_ups_young": Saying("ok", _DAYS, "{number} days, none past its term", "", "1 day, not past its term"),
})  # fmt: skip

CLAUSES: Final[Mapping[str, str]] = MappingProxyType({
    "other_cluster": "cluster {there} instead of {recorded}",
    "topic_made_again": "topic {topic} was made again",
    "topic_gone": "topic {topic} is gone",
    "topic_missing": "{topic} is not there",
    "topic_partitions": "{topic} has {there} partitions, not {wanted}",
    "topic_leaderless": "{topic} has a partition without a leader",
    "topic_setting": "{topic} has {setting}={there}, not {wanted}",
    "topic_small": "{topic} has {setting}={there}, below {wanted}",
    "key_open": "the {key} key has mode {mode_bits}",
    "key_file": "{key}",
    "key_stored": "{key} (from the secret store)",
    "disk_share": "{share:.0%} is free for the {disk}",
})  # fmt: skip


def sentence(
    template: str, parts: Mapping[str, Any], language: str, clause: Callable[[str], str], name: Callable[[str, str], str]
) -> str:
    """A template with its parts in their places. clause: key -> template in that language. name: (part, value) -> how a text is called there.

    A part is a number, a text, a list of texts, (text -> how many), or a list of clauses; lists are told with commas, clauses with semicolons.
    """

    def told(part: str, value: Any) -> Any:
        if isinstance(value, str):
            return name(part, value)
        if isinstance(value, Mapping):
            return ", ".join(f"{Figure(many, language)} {name(part, each)}" for each, many in sorted(value.items()))
        if isinstance(value, Sequence):
            clauses = [sentence(clause(each.key), each.parts, language, clause, name) for each in value if isinstance(each, Clause)]
            return "; ".join(clauses) if clauses else ", ".join(name(part, each) for each in value)
        return Figure(value, language)

    return template.format(**{part: told(part, value) for part, value in parts.items()})


def is_of_one(saying: Saying, parts: Mapping[str, Any]) -> bool:
    """Whether there is a sentence of its own for one thing, and it is one."""
    return bool(saying.one) and parts.get(NUMBER) == 1


def english(key: str, parts: Mapping[str, Any]) -> tuple[str, str]:
    """(said, remedy), as the command line prints them. Raises: KeyError, no such saying."""
    saying = SAYINGS[key]
    texts = saying.one if is_of_one(saying, parts) else saying.said, saying.remedy
    said, remedy = (sentence(text, parts, "en", CLAUSES.__getitem__, _called) for text in texts)
    return said, remedy


def _called(part: str, value: str) -> str:
    return spelt(value) if part == "duties" else value
