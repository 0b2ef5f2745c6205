"""From the records of one partition to what is written: read, fold, tell. Each host gives it records and a store (ports)."""
