"""Which times an event may have: the bounds that emitters and processors share. Pure."""

from __future__ import annotations

from typing import Final

CLOCK_SKEW_SECONDS: Final = 300
"""How far a real ledger's fact may lie ahead of the clock. NTP keeps machines within milliseconds; five minutes is Kerberos' allowance (RFC 4120)."""
TIME_MIN: Final = -2_208_988_800_000_000
"""The year 1900, in microseconds since 1970 UTC."""
TIME_MAX: Final = 95_617_584_000_000_000
"""The year 5000. Terms are at most three times 1000 years (a chain, then the holder's days), so all sums stay before the year 10000."""
