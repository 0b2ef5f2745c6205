"""`ledger-verify`: checks an archive from its files alone, for a reader who trusts neither the operator nor the sealer. Written from docs/evidence.md
and nothing else: it shares no code with `ledger.evidence`, so that the two must disagree when one is wrong. Standard library, `cryptography` alone.
Read it in this order: tree, notes, files, container, walking, one_log, seals, verdict; then bundle and pack.
"""
