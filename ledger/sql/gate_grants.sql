-- Who decides over HTTP who may ask, and which events came in that way. What it may read of the projections: projection_grants.sql.

GRANT USAGE ON SCHEMA ledger TO ledger_gate;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.credential, ledger.ingest_claim TO ledger_gate;
