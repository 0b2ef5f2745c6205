-- What those who watch the ledger note: when a whole was last checked and what came of it, how far log and database are compared, who was heard.

CREATE TABLE ledger.check_done (
    name text NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT now(),
    result text NOT NULL,
    CONSTRAINT check_done_pkey PRIMARY KEY (name),
    CONSTRAINT check_done_name CHECK (name IN ('verify', 'replay', 'reconcile')),
    CONSTRAINT check_done_result CHECK (result IN ('good', 'findings', 'undecided'))
);
COMMENT ON TABLE ledger.check_done IS 'The last finished check of each kind. A note for those who watch, not evidence: an auditor runs his own.';
COMMENT ON COLUMN ledger.check_done.name IS 'verify: the sealed archive. replay: the log folded again. reconcile: log against database.';
COMMENT ON COLUMN ledger.check_done.checked_at IS 'When it ended.';
COMMENT ON COLUMN ledger.check_done.result IS 'good, findings, or undecided: it could not be decided.';

CREATE TABLE ledger.reconcile_round (
    singleton boolean NOT NULL DEFAULT true,
    number bigint NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    CONSTRAINT reconcile_round_pkey PRIMARY KEY (singleton),
    CONSTRAINT reconcile_round_one_row CHECK (singleton)
);
COMMENT ON TABLE ledger.reconcile_round IS 'The round of ledger reconcile that goes on, or was last done; one row.';
COMMENT ON COLUMN ledger.reconcile_round.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN ledger.reconcile_round.number IS 'Starts at 1; each beginning at offset 0 adds 1.';
COMMENT ON COLUMN ledger.reconcile_round.begun_at IS 'When it began.';
COMMENT ON COLUMN ledger.reconcile_round.done_at IS 'When all that was there at its beginning had been compared; NULL until then.';

CREATE TABLE ledger.reconcile_progress (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    register_next bigint NOT NULL DEFAULT 0,
    time_reached bigint NOT NULL DEFAULT 0,
    log_offset bigint NOT NULL DEFAULT -1,
    subject_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    ordinal int NOT NULL DEFAULT -1,
    CONSTRAINT reconcile_progress_pkey PRIMARY KEY (topic, partition)
);
COMMENT ON TABLE ledger.reconcile_progress IS 'How far the round has compared each partition.';
COMMENT ON COLUMN ledger.reconcile_progress.topic IS 'facts, or a topic of outcomes.';
COMMENT ON COLUMN ledger.reconcile_progress.partition IS 'Its partition.';
COMMENT ON COLUMN ledger.reconcile_progress.next_offset IS 'The next offset of the topic to compare.';
COMMENT ON COLUMN ledger.reconcile_progress.register_next IS 'Of facts: the register offset whose copy is expected next.';
COMMENT ON COLUMN ledger.reconcile_progress.time_reached IS 'Of facts: the latest time that a tick before it says, microseconds since 1970.';
COMMENT ON COLUMN ledger.reconcile_progress.log_offset IS 'Of outcomes: the stored one up to which all are compared; offset in facts.';
COMMENT ON COLUMN ledger.reconcile_progress.subject_id IS 'Of outcomes: its subject.';
COMMENT ON COLUMN ledger.reconcile_progress.ordinal IS 'Of outcomes: its ordinal.';

CREATE TABLE ledger.reconcile_mismatch (
    kind text NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    round bigint NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT reconcile_mismatch_pkey PRIMARY KEY (kind, topic, partition, log_offset)
);
COMMENT ON TABLE ledger.reconcile_mismatch IS 'Where log and database differ, at most 1,000 places; gone when a later round no longer finds it.';
COMMENT ON COLUMN ledger.reconcile_mismatch.kind IS 'What differs: docs/reliability.md.';
COMMENT ON COLUMN ledger.reconcile_mismatch.topic IS 'Topic of the position.';
COMMENT ON COLUMN ledger.reconcile_mismatch.partition IS 'Its partition.';
COMMENT ON COLUMN ledger.reconcile_mismatch.log_offset IS 'The offset; of an outcome that is not on its topic, the offset in facts of what it was derived from.';
COMMENT ON COLUMN ledger.reconcile_mismatch.round IS 'The round that found it last.';
COMMENT ON COLUMN ledger.reconcile_mismatch.found_at IS 'When it was first found.';

CREATE TABLE ledger.source_heard (
    source text NOT NULL,
    latest_at timestamptz NOT NULL,
    CONSTRAINT source_heard_pkey PRIMARY KEY (source)
);
CREATE INDEX source_heard_latest ON ledger.source_heard (latest_at);
COMMENT ON TABLE ledger.source_heard IS 'When the latest fact of each service came; a hint for those who watch, gathered since this table is there.';
COMMENT ON COLUMN ledger.source_heard.source IS 'Name of the service, as its events say.';
COMMENT ON COLUMN ledger.source_heard.latest_at IS 'The broker''s time of that fact.';
COMMENT ON INDEX ledger.source_heard_latest IS 'The sources heard last.';
