"""Which count one share adds to: shares by month, of nobody in particular.

Pure; the zone is handed in. A share counts in the month of its own moment, however late it is told, and for good: what is erased later was shared all
the same. What a person gets of his own data counts nowhere, as nobody holds it then. Source: docs/decisions/0029.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from ledger.core.calendar import month_of
from ledger.core.delta import Row, ShareKey
from ledger.core.holdings import is_to_the_person
from ledger.core.ids import tally_id


def share_key(fields: dict[str, Any], zone: tzinfo) -> ShareKey | None:
    """What a DataShared counts for; None: it does not."""
    if is_to_the_person(fields):
        return None
    month = month_of(fields["occurred_at"], zone)
    return fields["controller"], fields["by"], fields["recipient"], fields["recipient_role"], fields["country"], month


def share_rows(partition: int, counts: Mapping[ShareKey, int]) -> list[Row]:
    """Rows of share_tally, in order of their ids."""
    return sorted((partition, tally_id((*key[:-1], key[-1].isoformat())), *key, number) for key, number in counts.items())
