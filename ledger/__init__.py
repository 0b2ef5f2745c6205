"""The privacy ledger: who holds what about whom, on which ground, until when.

Importing this package does no I/O and loads no Kafka client; the public names load on first use.
"""
