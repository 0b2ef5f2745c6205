"""The projections in memory, as strict about keys as PostgreSQL, and comparable as a whole."""

from __future__ import annotations

from typing import Any

from ledger.adapters.memory_store import MemoryStore
from ledger.core.delta import Delta, Row


class MemoryProjection(MemoryStore):
    """MemoryStore that refuses what the primary and unique keys of the tables refuse."""

    def write(self, delta: Delta) -> None:
        keys: list[tuple[Any, ...]] = [("fact", row[0], row[3]) for row in delta.facts]
        keys += [("fact at", row[0], row[1]) for row in delta.facts]
        keys += [("holding", row[0], row[1]) for row in delta.new_holdings]
        keys += [("changed holding", row[0], row[1]) for row in delta.changed_holdings]
        keys += [("subject", row[0]) for row in delta.new_subjects]
        keys += [("entry", row[0], row[1]) for row in (*delta.new_entries, *delta.changed_entries)]
        keys += [("obligation", row[0]) for row in delta.new_obligations]
        assert len(keys) == len(set(keys)), "each row once in a delta"
        for row in delta.facts:
            assert (row[0], row[3]) not in self._positions, "fact_event is unique"
        for row in delta.new_holdings:
            assert row[1] not in self.holdings.get(row[0], {}), "a new holding has a new key"
        for row in delta.new_subjects:
            assert row[0] not in self.subjects, "a new subject has a new key"
        for row in delta.new_entries:
            assert row[1] not in self.entries.get(row[0], {}), "a new entry has a new key"
        for row in delta.new_obligations:
            assert row[0] not in self.obligations.get(row[1], {}), "a new obligation has a new key"
        super().write(delta)

    def tables(self) -> dict[str, Any]:
        """Everything stored, comparable."""
        return {**vars(self)}

    def holding_rows(self) -> list[Row]:
        """All holdings, by subject and holding id."""
        return [self.holdings[subject][key] for subject in sorted(self.holdings) for key in sorted(self.holdings[subject])]

    def is_called_for(self, holding: Row) -> bool:
        """Whether open obligations to erase it name all that is held."""
        about = [row for row in self.obligations.get(holding[0], {}).values() if row[5] == "ERASE" and row[15] in ("OPEN", "OVERDUE")]
        since = {category: holding[12][place] for category, place in zip(holding[10], holding[11], strict=True)}
        called = {
            category for row in about if row[6:11] == holding[5:10] for category in row[11]
            if category in since and (row[19] is None or since[category] <= row[12])
        }  # fmt: skip
        return bool(since) and set(since) <= called

    def obligation_rows(self) -> list[Row]:
        """All obligations, by subject and obligation id."""
        return [self.obligations[subject][key] for subject in sorted(self.obligations) for key in sorted(self.obligations[subject])]
