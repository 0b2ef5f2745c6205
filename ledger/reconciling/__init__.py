"""Log against database, record by record, in slices: `ledger reconcile`."""
