-- What belongs to the installation and not to the log. It survives a rebuild. Derived tables are in projection.sql.
-- The schema `ledger` and the table `ledger.migration` exist already: the migrator makes them to know what it has done.

CREATE TABLE ledger.identity (
    singleton boolean NOT NULL DEFAULT true,
    mode text NOT NULL,
    partitions int NOT NULL,
    cluster_id text NOT NULL,
    topic_ids jsonb NOT NULL,
    CONSTRAINT identity_pkey PRIMARY KEY (singleton),
    CONSTRAINT identity_one_row CHECK (singleton),
    CONSTRAINT identity_mode CHECK (mode IN ('real', 'simulated')),
    CONSTRAINT identity_partitions CHECK (partitions > 0)
);
COMMENT ON TABLE ledger.identity IS 'Which log this database belongs to; one row, written once, compared at every start.';
COMMENT ON COLUMN ledger.identity.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN ledger.identity.mode IS 'real or simulated, for good.';
COMMENT ON COLUMN ledger.identity.partitions IS 'Number of partitions of topic facts, fixed at creation.';
COMMENT ON COLUMN ledger.identity.cluster_id IS 'Id of the Kafka cluster that holds the log.';
COMMENT ON COLUMN ledger.identity.topic_ids IS 'Topic name to Kafka topic id: a topic that was deleted and made again has another id.';

CREATE TABLE ledger.broadcast_progress (
    singleton boolean NOT NULL DEFAULT true,
    next_offset bigint NOT NULL,
    CONSTRAINT broadcast_progress_pkey PRIMARY KEY (singleton),
    CONSTRAINT broadcast_progress_one_row CHECK (singleton)
);
COMMENT ON TABLE ledger.broadcast_progress IS 'How far topic register is copied into every partition of facts; one row.';
COMMENT ON COLUMN ledger.broadcast_progress.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN ledger.broadcast_progress.next_offset IS 'Offset in register of the next event to copy.';
INSERT INTO ledger.broadcast_progress (next_offset) VALUES (0);

CREATE TABLE ledger.relay_progress (
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    ordinal int NOT NULL,
    CONSTRAINT relay_progress_pkey PRIMARY KEY (partition)
);
COMMENT ON TABLE ledger.relay_progress IS 'Last outcome of each partition that Kafka has acknowledged.';
COMMENT ON COLUMN ledger.relay_progress.partition IS 'Partition of facts, and of obligations and violations.';
COMMENT ON COLUMN ledger.relay_progress.log_offset IS 'Offset in facts of the record the outcome was derived from.';
COMMENT ON COLUMN ledger.relay_progress.ordinal IS 'Which outcome of that record.';

CREATE TABLE ledger.dead_letter_retry (
    topic text NOT NULL,
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    retried_at timestamptz NOT NULL DEFAULT now(),
    new_offset bigint NOT NULL,
    CONSTRAINT dead_letter_retry_pkey PRIMARY KEY (topic, partition, log_offset)
);
COMMENT ON TABLE ledger.dead_letter_retry IS 'Dead letters that could be read later and were emitted again.';
COMMENT ON COLUMN ledger.dead_letter_retry.topic IS 'Topic of the unreadable record.';
COMMENT ON COLUMN ledger.dead_letter_retry.partition IS 'Partition of the unreadable record, and of its new copy.';
COMMENT ON COLUMN ledger.dead_letter_retry.log_offset IS 'Offset of the unreadable record.';
COMMENT ON COLUMN ledger.dead_letter_retry.retried_at IS 'When it was emitted again.';
COMMENT ON COLUMN ledger.dead_letter_retry.new_offset IS 'Offset of the new copy in the same topic and partition.';

CREATE TABLE ledger.generation (
    singleton boolean NOT NULL DEFAULT true,
    number bigint NOT NULL,
    layout_sha256 text NOT NULL,
    CONSTRAINT generation_pkey PRIMARY KEY (singleton),
    CONSTRAINT generation_one_row CHECK (singleton)
);
COMMENT ON TABLE ledger.generation IS 'Which making of the projections is live; one row.';
COMMENT ON COLUMN ledger.generation.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN ledger.generation.number IS 'Starts at 1; each switch to rebuilt projections adds 1.';
COMMENT ON COLUMN ledger.generation.layout_sha256 IS 'SHA-256 of the table definitions the live projections were made with.';
