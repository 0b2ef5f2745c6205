-- Who is behind a reference, and the keys per subject. A schema of its own, so that it can have rights and backups of its own.
-- No row says anything without the secret of its epoch, which is not in the database: docs/vault.md.
-- What is there stays: an installation may lose schema `ledger` and keep this one.

CREATE SCHEMA IF NOT EXISTS vault;
COMMENT ON SCHEMA vault IS 'Identities and keys of subjects, readable with the secret of the current epoch alone; survives a rebuild.';

CREATE TABLE IF NOT EXISTS vault.epoch (
    singleton boolean NOT NULL DEFAULT true,
    number bigint NOT NULL,
    key_id text NOT NULL,
    CONSTRAINT epoch_pkey PRIMARY KEY (singleton),
    CONSTRAINT epoch_one_row CHECK (singleton)
);
COMMENT ON TABLE vault.epoch IS 'The epoch under which all rows are written; one row.';
COMMENT ON COLUMN vault.epoch.singleton IS 'Always true: there is one row.';
COMMENT ON COLUMN vault.epoch.number IS 'Starts at 0; each end of an epoch adds 1.';
COMMENT ON COLUMN vault.epoch.key_id IS 'Eight digits that its secret is known by.';

CREATE TABLE IF NOT EXISTS vault.subject (
    controller text NOT NULL,
    subject_ref text NOT NULL,
    key_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    CONSTRAINT subject_pkey PRIMARY KEY (controller, subject_ref)
);
COMMENT ON TABLE vault.subject IS 'One row for each person that is known; deleted when the person is forgotten.';
COMMENT ON COLUMN vault.subject.controller IS 'Whose subject it is.';
COMMENT ON COLUMN vault.subject.subject_ref IS 'The random reference that stands on the log.';
COMMENT ON COLUMN vault.subject.key_id IS 'Id of the data key, as sealed fields name it.';
COMMENT ON COLUMN vault.subject.wrapped_key IS 'The data key, encrypted under the secret of the epoch.';

CREATE TABLE IF NOT EXISTS vault.identity (
    controller text NOT NULL,
    lookup bytea NOT NULL,
    subject_ref text NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT identity_pkey PRIMARY KEY (controller, lookup),
    CONSTRAINT identity_subject FOREIGN KEY (controller, subject_ref) REFERENCES vault.subject (controller, subject_ref) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS identity_by_subject ON vault.identity (controller, subject_ref);
COMMENT ON TABLE vault.identity IS 'What persons are known by; a person may have several.';
COMMENT ON COLUMN vault.identity.controller IS 'Whose subject it is.';
COMMENT ON COLUMN vault.identity.lookup IS 'HMAC of kind and value under the secret of the epoch.';
COMMENT ON COLUMN vault.identity.subject_ref IS 'Whose identity it is.';
COMMENT ON COLUMN vault.identity.sealed IS 'Kind and value, encrypted under the data key of the subject.';

CREATE TABLE IF NOT EXISTS vault.announcement (
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    type text NOT NULL,
    controller text NOT NULL,
    subject_ref text,
    key_id text,
    occurred_at bigint,
    epoch bigint,
    is_announced boolean NOT NULL DEFAULT false,
    CONSTRAINT announcement_pkey PRIMARY KEY (event_id),
    CONSTRAINT announcement_type CHECK (type IN ('KeyDestroyed', 'KeyEpochEnded'))
);
CREATE UNIQUE INDEX IF NOT EXISTS announcement_key ON vault.announcement (key_id) WHERE key_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS announcement_open ON vault.announcement (ordinal) WHERE NOT is_announced;
COMMENT ON TABLE vault.announcement IS 'What was destroyed, written in the transaction that destroyed it, and whether the log was told.';
COMMENT ON COLUMN vault.announcement.ordinal IS 'The order in which it happened.';
COMMENT ON COLUMN vault.announcement.event_id IS 'Id of the event on the log: told twice it counts once.';
COMMENT ON COLUMN vault.announcement.type IS 'KeyDestroyed or KeyEpochEnded.';
COMMENT ON COLUMN vault.announcement.controller IS 'Whose event it is.';
COMMENT ON COLUMN vault.announcement.subject_ref IS 'Of a key: whose it was.';
COMMENT ON COLUMN vault.announcement.key_id IS 'Of a key: which.';
COMMENT ON COLUMN vault.announcement.occurred_at IS 'Of a key: when, in microseconds since 1970, by the ledger''s time.';
COMMENT ON COLUMN vault.announcement.epoch IS 'Of an epoch: which.';
COMMENT ON COLUMN vault.announcement.is_announced IS 'Whether the event is on the log.';

CREATE TABLE IF NOT EXISTS vault.suppression (
    controller text NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT suppression_pkey PRIMARY KEY (controller, hash)
);
COMMENT ON TABLE vault.suppression IS 'Whom no campaign may reach (MD-22); outlives the person''s other data.';
COMMENT ON COLUMN vault.suppression.controller IS 'Whose list it is.';
COMMENT ON COLUMN vault.suppression.hash IS 'HMAC of kind and value under the secret of the suppression list.';
