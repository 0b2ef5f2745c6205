-- Who may do what to the tables of the installation (schema ledger).

GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ledger_reader, ledger_projector;
GRANT INSERT, UPDATE ON ledger.identity, ledger.broadcast_progress, ledger.relay_progress, ledger.log_head TO ledger_projector;
GRANT INSERT ON ledger.dead_letter_retry TO ledger_projector;
GRANT INSERT, UPDATE ON ledger.check_done, ledger.reconcile_round, ledger.source_heard TO ledger_projector;
GRANT INSERT, UPDATE, DELETE ON ledger.reconcile_progress, ledger.reconcile_mismatch, ledger.reconcile_run TO ledger_projector;
