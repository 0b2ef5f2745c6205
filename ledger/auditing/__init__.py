"""Auditing: what can be shown about a sealed log to somebody who does not trust us. What checks it, `ledger/verify`, knows nothing of this."""
