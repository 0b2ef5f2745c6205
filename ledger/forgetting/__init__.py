"""The ledger itself forgets: persons, and days of look-ups, by destroying their keys in the vault."""
