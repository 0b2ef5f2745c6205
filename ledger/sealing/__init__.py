"""Sealing: the partitions of the log become trees, files and signed checkpoints, in an order that no crash can turn into two histories.

Built on ledger.evidence, which says what the bytes are; here is where they are written. Source: docs/evidence.md.
"""
