-- Keys of days, under which is sealed who looked at data: the log of look-ups forgets sooner than it forgets persons (docs/vault.md section 9).
-- A row stays when its key is destroyed: what was sealed under it is then known to be forgotten, and no new key is made for that day.

CREATE TABLE IF NOT EXISTS vault.look_up_day (
    controller text NOT NULL,
    day date NOT NULL,
    key_id text NOT NULL,
    wrapped_key bytea,
    destroyed_at bigint,
    CONSTRAINT look_up_day_pkey PRIMARY KEY (controller, day),
    CONSTRAINT look_up_day_key UNIQUE (key_id),
    CONSTRAINT look_up_day_destroyed CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS look_up_day_living ON vault.look_up_day (controller, day) WHERE wrapped_key IS NOT NULL;
COMMENT ON TABLE vault.look_up_day IS 'One row for each controller and day of which somebody sealed who looked at data.';
COMMENT ON COLUMN vault.look_up_day.controller IS 'Whose data was looked at.';
COMMENT ON COLUMN vault.look_up_day.day IS 'The day of the look-ups, in UTC.';
COMMENT ON COLUMN vault.look_up_day.key_id IS 'Id of the key, as sealed fields name it.';
COMMENT ON COLUMN vault.look_up_day.wrapped_key IS 'The key, encrypted under the secret of the epoch; NULL once it is destroyed.';
COMMENT ON COLUMN vault.look_up_day.destroyed_at IS 'When it was destroyed, in microseconds since 1970, by the ledger''s time.';
