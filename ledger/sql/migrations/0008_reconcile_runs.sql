-- What `ledger reconcile` counted: until now the answer of the run alone had it.

CREATE TABLE ledger.reconcile_run (
    round bigint NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    records bigint NOT NULL DEFAULT 0,
    repeats bigint NOT NULL DEFAULT 0,
    dead_letters bigint NOT NULL DEFAULT 0,
    outcomes bigint NOT NULL DEFAULT 0,
    types jsonb NOT NULL DEFAULT '{}',
    found jsonb,
    CONSTRAINT reconcile_run_pkey PRIMARY KEY (round)
);
COMMENT ON TABLE ledger.reconcile_run IS 'What the last ten rounds of ledger reconcile counted; the newest is the row of reconcile_round.';
COMMENT ON COLUMN ledger.reconcile_run.round IS 'Number of the round.';
COMMENT ON COLUMN ledger.reconcile_run.begun_at IS 'When it began.';
COMMENT ON COLUMN ledger.reconcile_run.done_at IS 'When it was done; NULL while it goes on, and of one that was cut off and begun anew.';
COMMENT ON COLUMN ledger.reconcile_run.records IS 'Records of facts that were compared; what came after its end and was compared since, too.';
COMMENT ON COLUMN ledger.reconcile_run.repeats IS 'Of these: facts told again.';
COMMENT ON COLUMN ledger.reconcile_run.dead_letters IS 'Of these: what could not be read.';
COMMENT ON COLUMN ledger.reconcile_run.outcomes IS 'Records of the topics of outcomes that were compared.';
COMMENT ON COLUMN ledger.reconcile_run.types IS 'Type of event -> how many of these records are of it.';
COMMENT ON COLUMN ledger.reconcile_run.found IS 'Kind of difference -> at how many places it was found when it was done; NULL until then.';
