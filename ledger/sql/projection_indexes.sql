-- Keys and indexes of the projections, apart from the tables so that a rebuild can make them after the rows.
-- Applied with search_path set to the schema of the tables.

ALTER TABLE holding ADD CONSTRAINT holding_pkey PRIMARY KEY (subject_id, holding_id);
-- By the first byte of the id, so that what a tick makes due is read part by part in order of ids, without sorting all of it for each part.
CREATE INDEX holding_due_part ON holding (partition, get_byte(uuid_send(subject_id), 0), due_at) WHERE due_at IS NOT NULL;
COMMENT ON INDEX holding_due_part IS 'What comes due at a tick.';
CREATE INDEX holding_due ON holding (partition, due_at) WHERE due_at IS NOT NULL;
COMMENT ON INDEX holding_due IS 'What comes due next.';
-- By a number of what lists ask for most: held_tally says which numbers fit a question, and these are found part by part, by the first byte of the id.
-- Numbers and parts are few, so an entry of the index is a few bytes.
CREATE INDEX holding_alike ON holding (
    hash_record_extended(ROW(controller, holder, role, activity, country, purpose, categories, rule, due_at IS NULL), 0),
    get_byte(uuid_send(subject_id), 0));
COMMENT ON INDEX holding_alike IS 'The single ones behind a number: those that are alike.';
CREATE INDEX holding_disclosed ON holding (controller, subject_id)
    WHERE received_from IS NOT NULL
      AND (role IN ('court', 'debt_collector', 'government', 'law_enforcement', 'trademark_claimant') OR purpose = 'ledger:LegalDisclosure');
COMMENT ON INDEX holding_disclosed IS 'Of whom somebody got something for which he must ask.';
CREATE INDEX holding_gone ON holding (holder, controller) WHERE categories = '{}';
COMMENT ON INDEX holding_gone IS 'What was there once: whom a breach may concern all the same.';
CREATE INDEX holding_held_back ON holding (partition, due_at) WHERE held_back;
COMMENT ON INDEX holding_held_back IS 'What has come due and cannot be called for yet.';

ALTER TABLE subject ADD CONSTRAINT subject_pkey PRIMARY KEY (subject_id);
-- A quote within a text of the state is escaped, so no value can look like the field.
CREATE INDEX subject_wakes ON subject (partition, (substring(state FROM '"wakes":([0-9]+)')::bigint))
    WHERE substring(state FROM '"wakes":([0-9]+)')::bigint IS NOT NULL;
COMMENT ON INDEX subject_wakes IS 'Whose hold ends by itself at a tick.';

ALTER TABLE subject_entry ADD CONSTRAINT subject_entry_pkey PRIMARY KEY (subject_id, entry_id);
CREATE INDEX subject_entry_asked ON subject_entry (section) WHERE section IN ('disclosures', 'disclosure_requests', 'holds');
COMMENT ON INDEX subject_entry_asked IS 'What authorities have asked, and holds: reports over all subjects.';

-- The query `requests` asks with the same expressions. First those of which only the other moment is known: no moment is as early.
ALTER TABLE request ADD CONSTRAINT request_pkey PRIMARY KEY (subject_id, request_ref);
CREATE INDEX request_newest ON request (coalesce(-received, -4611686018427387904), line);
COMMENT ON INDEX request_newest IS 'The list of requests, the newest first.';
CREATE INDEX request_open ON request (coalesce(received, -4611686018427387904), line) WHERE is_open;
COMMENT ON INDEX request_open IS 'The list of those that are not closed, the oldest first.';
CREATE INDEX request_refused ON request (coalesce(-answered, -4611686018427387904), line) WHERE is_refused;
COMMENT ON INDEX request_refused IS 'The list of those that were refused, the latest answer first.';
CREATE INDEX request_month ON request (overdue_month) WHERE overdue_month IS NOT NULL;
COMMENT ON INDEX request_month IS 'Those that become late in a month.';
CREATE INDEX request_untold ON request (right_exercised) WHERE is_late IS NULL AND overdue_month IS NULL AND NOT is_from_nobody;
COMMENT ON INDEX request_untold IS 'Those of which no obligation says until when there is.';

ALTER TABLE obligation ADD CONSTRAINT obligation_pkey PRIMARY KEY (subject_id, obligation_id);
CREATE INDEX obligation_overdue ON obligation (partition, get_byte(uuid_send(subject_id), 0), overdue_at) WHERE state = 'OPEN';
COMMENT ON INDEX obligation_overdue IS 'What becomes overdue at a tick.';

CREATE INDEX obligation_request ON obligation (subject_id, request_ref) WHERE request_ref IS NOT NULL;
COMMENT ON INDEX obligation_request IS 'What one request called for, also of a person who makes thousands.';
CREATE INDEX obligation_state ON obligation (state, due_at);
COMMENT ON INDEX obligation_state IS 'The list of obligations, by what is most pressing.';
-- Erasures are by far the most: they are found among all, and a tick that makes thousands of them does not write here.
CREATE INDEX obligation_duty ON obligation (kind, state, due_at) WHERE kind <> 'ERASE';
COMMENT ON INDEX obligation_duty IS 'The list of what must be done beside erasing.';

ALTER TABLE violation ADD CONSTRAINT violation_pkey PRIMARY KEY (partition, log_offset, subject_id, ordinal);
CREATE INDEX violation_subject ON violation (subject_id);
COMMENT ON INDEX violation_subject IS 'Violations found about one subject.';

ALTER TABLE fact ADD CONSTRAINT fact_pkey PRIMARY KEY (partition, log_offset);
-- IF NOT EXISTS: a rebuild that meets repeats or erasures out of order makes one of these two early.
CREATE UNIQUE INDEX IF NOT EXISTS fact_event ON fact (partition, event_id);
COMMENT ON INDEX fact_event IS 'No event twice; the search for repeats.';
CREATE INDEX IF NOT EXISTS fact_subject ON fact (subject_id, log_offset) WHERE subject_id IS NOT NULL;
COMMENT ON INDEX fact_subject IS 'The history of one subject.';
CREATE INDEX fact_register ON fact (partition, log_offset) WHERE subject_id IS NULL;
COMMENT ON INDEX fact_register IS 'The copies of register events, few among the facts.';
CREATE INDEX fact_share ON fact (partition, ledger.share_moment(value)) WHERE schema_id = 1002;
COMMENT ON INDEX fact_share IS 'The single shares of a month.';

ALTER TABLE tick ADD CONSTRAINT tick_pkey PRIMARY KEY (partition, log_offset);
CREATE INDEX tick_time ON tick (partition, time, log_offset);
COMMENT ON INDEX tick_time IS 'The first tick at which something was due: answers as of a moment.';

ALTER TABLE outcome ADD CONSTRAINT outcome_pkey PRIMARY KEY (partition, log_offset, subject_id, ordinal);

ALTER TABLE dead_letter ADD CONSTRAINT dead_letter_pkey PRIMARY KEY (topic, partition, log_offset);

ALTER TABLE held_tally ADD CONSTRAINT held_tally_pkey PRIMARY KEY (partition, tally_id);
ALTER TABLE people_tally ADD CONSTRAINT people_tally_pkey PRIMARY KEY (partition, tally_id);
ALTER TABLE due_tally ADD CONSTRAINT due_tally_pkey PRIMARY KEY (partition, tally_id);
ALTER TABLE obligation_tally ADD CONSTRAINT obligation_tally_pkey PRIMARY KEY (partition, tally_id);
ALTER TABLE violation_tally ADD CONSTRAINT violation_tally_pkey PRIMARY KEY (partition, tally_id);
ALTER TABLE promise_tally ADD CONSTRAINT promise_tally_pkey PRIMARY KEY (partition, tally_id);
ALTER TABLE request_tally ADD CONSTRAINT request_tally_pkey PRIMARY KEY (partition, tally_id);
ALTER TABLE share_tally ADD CONSTRAINT share_tally_pkey PRIMARY KEY (partition, tally_id);
CREATE INDEX share_tally_month ON share_tally (month);
COMMENT ON INDEX share_tally_month IS 'The last years of all.';
CREATE INDEX due_tally_day ON due_tally (day) WHERE NOT held_back;
COMMENT ON INDEX due_tally_day IS 'The calendar of what comes due.';
CREATE INDEX due_tally_held_back ON due_tally (controller) WHERE held_back;
COMMENT ON INDEX due_tally_held_back IS 'What is held back.';
CREATE INDEX obligation_tally_unsettled ON obligation_tally (controller) WHERE state IN ('OPEN', 'OVERDUE');
COMMENT ON INDEX obligation_tally_unsettled IS 'What is called for and not done.';
