-- `ledger reconcile` compares what follows from the facts, too: person by person, and what is added up.

ALTER TABLE ledger.reconcile_run ADD COLUMN people bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN ledger.reconcile_run.people IS 'People whose facts were folded again and compared with what is held of them.';
COMMENT ON COLUMN ledger.reconcile_progress.subject_id IS 'Of outcomes: its subject. Of facts: the person up to whom what is held of people is compared.';
