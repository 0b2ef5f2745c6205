"""Dutch legal time: days and months are counted in it where no policy says another, and people read times in it.

Its rules stand in files of the system, or of tzdata: so the core, which reads none, is handed the zone. Source: docs/policies.md section 3.
"""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from ledger.core.calendar import DUTCH_ZONE

DUTCH_TIME: Final = ZoneInfo(DUTCH_ZONE)
