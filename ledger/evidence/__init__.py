"""Evidence: how the log is made tamper-evident. Pure: hashes, proofs, notes, and the places of tiles; no file, no clock, no Kafka.

The formats are those of RFC 6962 and C2SP (signed-note, tlog-checkpoint, tlog-tiles), so that tools by others read them; what is ours is said in
docs/evidence.md. Must never import ledger.verify, which checks all this again and shares nothing with it.
"""
