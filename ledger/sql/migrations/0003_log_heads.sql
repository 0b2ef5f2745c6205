-- How far the log is sealed. Files of the archive beyond a head promise nothing; a head without its files cannot be.

CREATE TABLE ledger.log_head (
    origin text NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    state jsonb,
    CONSTRAINT log_head_pkey PRIMARY KEY (origin)
);
COMMENT ON TABLE ledger.log_head IS 'The newest checkpoint of each sealed log, moved on only from the one before it; never restore it from a backup alone.';
COMMENT ON COLUMN ledger.log_head.origin IS 'Name of the log: ledger, topic, partition, topic id; or ledger and seals.';
COMMENT ON COLUMN ledger.log_head.size IS 'Entries, genesis included.';
COMMENT ON COLUMN ledger.log_head.note IS 'The checkpoint as a signed note.';
COMMENT ON COLUMN ledger.log_head.state IS 'Of the seals log: what its entries up to this size say.';
