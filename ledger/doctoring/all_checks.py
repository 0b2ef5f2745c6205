"""Every check of `ledger doctor`, by name, in the order in which one rests on what is before it. docs/runbook.md has each heading."""

from __future__ import annotations

from typing import Final

from ledger.doctoring import machine, services, work
from ledger.doctoring.checks import Check

_KAFKA: Final = ("kafka",)
_POSTGRES: Final = ("postgres",)
_BOTH: Final = (*_KAFKA, *_POSTGRES)

CHECKS: Final = {
    check.name: check
    for check in (
        Check("settings", "No ledger here", services.settings_are_readable),
        Check("kafka", "No ledger here", services.kafka_answers),
        Check("postgres", "PostgreSQL was lost", services.postgres_answers),
        Check("kafka is this ledger's", "Another ledger", services.kafka_is_this_ledgers, _BOTH),
        Check("topic settings", "Topics have other settings", services.topics_are_as_they_must_be, _KAFKA),
        Check("tables", "Tables of another version", services.tables_are_current, _POSTGRES),
        Check("identity", "Log and database differ", services.identity_is_the_same, _POSTGRES),
        Check("workers", "No worker runs", work.workers_are_there, _BOTH),
        Check("lag", "Lag grows", work.lag_is_small, _BOTH),
        Check("pending", "A register event is being worked off", work.nothing_is_pending, _POSTGRES),
        Check("outbox", "Outbox grows", work.outbox_is_empty, _POSTGRES),
        Check("dead letters", "Dead letters", work.no_dead_letters, _POSTGRES),
        Check("log and database", "Log and database were compared and differ", work.no_gaps_and_mismatches, _POSTGRES),
        Check("overdue", "Duties are overdue", work.nothing_is_overdue, _POSTGRES),
        Check("clocks", "A clock is wrong", machine.clocks_agree, _BOTH),
        Check("seals", "Seals are old", work.seals_are_young, _POSTGRES),
        Check("verification", "Nobody has verified", work.checks_are_young_and_good, _POSTGRES),
        Check("archive", "The disk of the archive is full", machine.archive_is_writable),
        Check("key files", "A key file is open to others", machine.key_files_are_ours_alone),
        Check("disk", "A disk fills up", machine.disk_has_room),
        Check("look-ups", "Who looked is not forgotten", work.look_ups_are_forgotten, _POSTGRES),
    )
}
