-- Who may ask over HTTP, and which events came in that way and are not folded yet.

CREATE TABLE ledger.credential (
    credential_id text NOT NULL,
    kind text NOT NULL,
    secret_sha256 bytea NOT NULL,
    role text NOT NULL,
    actor text NOT NULL,
    controllers text[] NOT NULL,
    subject_ref text,
    source text,
    made_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT credential_pkey PRIMARY KEY (credential_id),
    CONSTRAINT credential_kind CHECK (kind IN ('KEY', 'LINK', 'SESSION')),
    CONSTRAINT credential_subject CHECK ((role = 'subject') = (subject_ref IS NOT NULL)),
    CONSTRAINT credential_source CHECK ((role = 'emitter') = (source IS NOT NULL))
);
CREATE INDEX credential_expires ON ledger.credential (expires_at);
COMMENT ON TABLE ledger.credential IS 'Keys of services, links that sign in once, sessions of browsers. Secrets are 256 random bits, of which only the SHA-256 is here.';
COMMENT ON COLUMN ledger.credential.credential_id IS 'What it is known by, in lists and in logs.';
COMMENT ON COLUMN ledger.credential.kind IS 'KEY: a service; LINK: signs a browser in once; SESSION: a browser.';
COMMENT ON COLUMN ledger.credential.secret_sha256 IS 'SHA-256 of the secret.';
COMMENT ON COLUMN ledger.credential.role IS 'One of ledger/web/roles.py.';
COMMENT ON COLUMN ledger.credential.actor IS 'Who it is, as a role or a pseudonym: stands in the events that are written for it.';
COMMENT ON COLUMN ledger.credential.controllers IS 'Whose data it may see; * for every controller.';
COMMENT ON COLUMN ledger.credential.subject_ref IS 'Of the role subject: the person whose own view it is.';
COMMENT ON COLUMN ledger.credential.source IS 'Of the role emitter: the service that its events come from.';
COMMENT ON COLUMN ledger.credential.made_at IS 'When it was made.';
COMMENT ON COLUMN ledger.credential.expires_at IS 'From when it is worth nothing.';
COMMENT ON COLUMN ledger.credential.revoked_at IS 'When it was taken back, or a link was used; null while it is good.';

CREATE TABLE ledger.ingest_claim (
    event_id uuid NOT NULL,
    digest bytea NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    topic text,
    partition int,
    log_offset bigint,
    recorded_at timestamptz,
    CONSTRAINT ingest_claim_pkey PRIMARY KEY (event_id)
);
CREATE INDEX ingest_claim_claimed ON ledger.ingest_claim (claimed_at);
COMMENT ON TABLE ledger.ingest_claim IS 'Events with an id of the caller''s, between their arrival over HTTP and their fold: the same id with other content is refused.';
COMMENT ON COLUMN ledger.ingest_claim.event_id IS 'Id that the caller gave.';
COMMENT ON COLUMN ledger.ingest_claim.digest IS 'SHA-256 of what was given.';
COMMENT ON COLUMN ledger.ingest_claim.claimed_at IS 'When it came first.';
COMMENT ON COLUMN ledger.ingest_claim.topic IS 'Where it is on the log; null until the broker has acknowledged.';
COMMENT ON COLUMN ledger.ingest_claim.partition IS 'The same.';
COMMENT ON COLUMN ledger.ingest_claim.log_offset IS 'The same.';
COMMENT ON COLUMN ledger.ingest_claim.recorded_at IS 'The broker''s time of it.';
