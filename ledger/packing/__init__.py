"""Packs: what an auditor takes home, in one folder. `ledger-verify pack` checks it and knows nothing of this. Source: docs/evidence.md section 13."""
