-- The projections: derived from the log alone. Applied with search_path set to the schema to fill (live or shadow).
-- No column holds a clock reading or a sequence number of ours. Columns stand in the order of docs/architecture.md section 5.
-- Never migrated: when this file changes, `ledger rebuild` makes the projections again and switches.
-- Keys and indexes are in projection_indexes.sql: a rebuild adds them last.

CREATE TABLE holding (
    subject_id uuid NOT NULL,
    holding_id uuid NOT NULL,
    partition int NOT NULL,
    controller text NOT NULL,
    subject_ref text NOT NULL,
    holder text NOT NULL,
    store text,
    purpose text NOT NULL,
    ref text,
    received_from text,
    categories text[] NOT NULL,
    category_evidence smallint[] NOT NULL,
    evidence_at timestamptz[] NOT NULL,
    evidence_event uuid[] NOT NULL,
    evidence_offset bigint[] NOT NULL,
    erased text[] NOT NULL,
    erased_at timestamptz[] NOT NULL,
    latest_at timestamptz NOT NULL,
    latest_event uuid NOT NULL,
    latest_offset bigint NOT NULL,
    activity text,
    role text,
    legal_basis text NOT NULL,
    statute text,
    country text,
    safeguard text,
    agreement text,
    product text,
    due_at timestamptz,
    rule text,
    anchor_event uuid[] NOT NULL,
    anchor_offset bigint[] NOT NULL,
    held_back boolean NOT NULL
) WITH (fillfactor = 80);  -- room for a changed row on its own page: no new index entries (HOT)
-- Nobody searches by these; reading them for statistics is most of the cost of ANALYZE.
ALTER TABLE holding
    ALTER category_evidence SET STATISTICS 0,
    ALTER evidence_at SET STATISTICS 0,
    ALTER evidence_event SET STATISTICS 0,
    ALTER evidence_offset SET STATISTICS 0,
    ALTER erased_at SET STATISTICS 0,
    ALTER anchor_event SET STATISTICS 0,
    ALTER anchor_offset SET STATISTICS 0;
COMMENT ON TABLE holding IS 'Who holds what about whom: one row per subject, holder, store, purpose, ref and received_from.';
COMMENT ON COLUMN holding.subject_id IS 'Id made of controller and subject_ref.';
COMMENT ON COLUMN holding.holding_id IS 'Id made of holder, store, purpose, ref and received_from.';
COMMENT ON COLUMN holding.partition IS 'Partition of facts that tells about this subject.';
COMMENT ON COLUMN holding.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN holding.subject_ref IS 'Pseudonym of the subject at this controller.';
COMMENT ON COLUMN holding.holder IS 'Who holds the data: the controller itself or a recipient.';
COMMENT ON COLUMN holding.store IS 'Store of the holder, when known.';
COMMENT ON COLUMN holding.purpose IS 'Purpose it is held for (DPV).';
COMMENT ON COLUMN holding.ref IS 'Order, invoice, domain or other thing it belongs to.';
COMMENT ON COLUMN holding.received_from IS 'Holder that shared it with this one; null for the one that collected it.';
COMMENT ON COLUMN holding.categories IS 'Categories held now, sorted.';
COMMENT ON COLUMN holding.category_evidence IS 'For each category held, the place (from 0) of its evidence in the three evidence arrays.';
COMMENT ON COLUMN holding.evidence_at IS 'When each event of the evidence happened.';
COMMENT ON COLUMN holding.evidence_event IS 'Event id of each event of the evidence.';
COMMENT ON COLUMN holding.evidence_offset IS 'Offset in facts of each event of the evidence.';
COMMENT ON COLUMN holding.erased IS 'Categories that were held and are erased, sorted.';
COMMENT ON COLUMN holding.erased_at IS 'For each erased category, when it was erased.';
COMMENT ON COLUMN holding.latest_at IS 'When the youngest event of this holding happened; it decides the columns that describe it.';
COMMENT ON COLUMN holding.latest_event IS 'Event id of the youngest event.';
COMMENT ON COLUMN holding.latest_offset IS 'Offset in facts of the youngest event.';
COMMENT ON COLUMN holding.activity IS 'Processing activity of the policy.';
COMMENT ON COLUMN holding.role IS 'Role of the holder (DPV).';
COMMENT ON COLUMN holding.legal_basis IS 'Legal basis (DPV).';
COMMENT ON COLUMN holding.statute IS 'Statute, when the legal basis is one.';
COMMENT ON COLUMN holding.country IS 'Country of the holder or store (ISO 3166-1 alpha-2).';
COMMENT ON COLUMN holding.safeguard IS 'Safeguard of a transfer outside the EEA.';
COMMENT ON COLUMN holding.agreement IS 'Agreement the share rests on.';
COMMENT ON COLUMN holding.product IS 'Product it is needed for: a domain extension, a certificate type.';
COMMENT ON COLUMN holding.due_at IS 'When it must be gone; null while no anchor is known or nothing is held.';
COMMENT ON COLUMN holding.rule IS 'Retention rule that gives due_at.';
COMMENT ON COLUMN holding.anchor_event IS 'Event ids of the anchors of due_at.';
COMMENT ON COLUMN holding.anchor_offset IS 'Offsets in facts of the anchors of due_at.';
COMMENT ON COLUMN holding.held_back IS 'Whether due_at has come and not all that is held is called for.';

CREATE TABLE subject (
    subject_id uuid NOT NULL,
    partition int NOT NULL,
    controller text NOT NULL,
    subject_ref text NOT NULL,
    state text NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE subject IS 'A subject of whom more is known than holdings and obligations; what that is stands in subject_entry.';
COMMENT ON COLUMN subject.subject_id IS 'Id made of controller and subject_ref.';
COMMENT ON COLUMN subject.partition IS 'Partition of facts that tells about this subject.';
COMMENT ON COLUMN subject.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN subject.subject_ref IS 'Pseudonym of the subject at this controller.';
COMMENT ON COLUMN subject.state IS 'When something ends by itself, which clocks a hold has stopped, whether the key is destroyed: canonical JSON.';

CREATE TABLE subject_entry (
    subject_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    partition int NOT NULL,
    section text NOT NULL,
    entry text NOT NULL
);
COMMENT ON TABLE subject_entry IS 'What is known of a subject beside holdings and obligations: one row for each milestone, step of a consent, request and so on.';
COMMENT ON COLUMN subject_entry.subject_id IS 'Id made of controller and subject_ref.';
COMMENT ON COLUMN subject_entry.entry_id IS 'Id made of the section and what names the entry in it.';
COMMENT ON COLUMN subject_entry.partition IS 'Partition of facts that tells about this subject.';
COMMENT ON COLUMN subject_entry.section IS 'What kind of entry it is: milestones, consents, requests and so on.';
COMMENT ON COLUMN subject_entry.entry IS 'The entry: canonical JSON, a list.';

CREATE TABLE request (
    subject_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    partition int NOT NULL,
    controller text NOT NULL,
    subject_ref text NOT NULL,
    request_ref text NOT NULL,
    right_exercised text NOT NULL,
    received bigint,
    identified bigint,
    is_from_nobody boolean NOT NULL,
    extended bigint,
    outcome text,
    answered bigint,
    overdue bigint,
    overdue_month date,
    is_late boolean,
    is_refused boolean NOT NULL,
    is_unsettled boolean NOT NULL,
    is_open boolean NOT NULL,
    line bytea NOT NULL
) WITH (fillfactor = 80);
COMMENT ON TABLE request IS 'Requests of people and what became of them, for lists: of each the entry, and what its obligations say. Kept by triggers.';
COMMENT ON COLUMN request.subject_id IS 'Id made of controller and subject_ref.';
COMMENT ON COLUMN request.entry_id IS 'The entry of the request in subject_entry.';
COMMENT ON COLUMN request.partition IS 'Partition of facts that tells about this subject.';
COMMENT ON COLUMN request.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN request.subject_ref IS 'Pseudonym of the subject at this controller.';
COMMENT ON COLUMN request.request_ref IS 'Reference of the request.';
COMMENT ON COLUMN request.right_exercised IS 'Right of the person that is asked for; UNKNOWN while only the answer is known.';
COMMENT ON COLUMN request.received IS 'When it was received, in microseconds since 1970; null while only the answer is known.';
COMMENT ON COLUMN request.identified IS 'When it came to be known who asks, where it was not known at once; in microseconds since 1970.';
COMMENT ON COLUMN request.is_from_nobody IS 'Whether nobody knows yet who asks: its clock stands still.';
COMMENT ON COLUMN request.extended IS 'When it was told that it takes longer, in microseconds since 1970.';
COMMENT ON COLUMN request.outcome IS 'Outcome of the latest answer that ends it; null while there is none.';
COMMENT ON COLUMN request.answered IS 'When that was given, in microseconds since 1970.';
COMMENT ON COLUMN request.overdue IS 'From when the obligation to answer is late, in microseconds since 1970; null when there is none.';
COMMENT ON COLUMN request.overdue_month IS 'First day of the month, in Dutch legal time, in which it becomes late; null once it is answered.';
COMMENT ON COLUMN request.is_late IS 'Whether the answer came late, never where the receipt is not known; null while there is none, or where no obligation says until when.';
COMMENT ON COLUMN request.is_refused IS 'Whether it was refused, wholly or in part, or the answer names what stays.';
COMMENT ON COLUMN request.is_unsettled IS 'Whether something that it called for, or that others must do since, is not done.';
COMMENT ON COLUMN request.is_open IS 'Whether it has no answer that ends it, or is unsettled.';
COMMENT ON COLUMN request.line IS 'Id of its line in lists: it says nothing of who it is about.';

CREATE TABLE obligation (
    obligation_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    partition int NOT NULL,
    controller text NOT NULL,
    subject_ref text NOT NULL,
    kind text NOT NULL,
    holder text NOT NULL,
    store text,
    purpose text,
    ref text,
    received_from text,
    categories text[] NOT NULL,
    due_at timestamptz NOT NULL,
    overdue_at timestamptz NOT NULL,
    rule text NOT NULL,
    state text NOT NULL,
    raised_at timestamptz NOT NULL,
    raised_offset bigint NOT NULL,
    rests_on uuid[] NOT NULL,
    request_ref text,
    settled_at timestamptz,
    settled_offset bigint,
    settled_event uuid,
    certificate_ref text,
    reason text,
    about text,
    CONSTRAINT obligation_state CHECK (state IN ('OPEN', 'OVERDUE', 'MET', 'CANCELLED'))
) WITH (fillfactor = 80);
COMMENT ON TABLE obligation IS 'What someone must do about a subject, and how it ended.';
COMMENT ON COLUMN obligation.obligation_id IS 'Id made of what caused it: the same log gives the same id.';
COMMENT ON COLUMN obligation.subject_id IS 'Id made of controller and subject_ref.';
COMMENT ON COLUMN obligation.partition IS 'Partition of facts that tells about this subject.';
COMMENT ON COLUMN obligation.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN obligation.subject_ref IS 'Pseudonym of the subject at this controller.';
COMMENT ON COLUMN obligation.kind IS 'What must be done: ERASE, RECTIFY, ANSWER, NOTIFY_SUBJECT and so on.';
COMMENT ON COLUMN obligation.holder IS 'Who must do it.';
COMMENT ON COLUMN obligation.store IS 'Store it concerns; null for all.';
COMMENT ON COLUMN obligation.purpose IS 'Purpose it concerns; null for all.';
COMMENT ON COLUMN obligation.ref IS 'Order, invoice, domain or other thing it concerns; null for all.';
COMMENT ON COLUMN obligation.received_from IS 'Holder that shared the data; null for the one that collected it.';
COMMENT ON COLUMN obligation.categories IS 'Categories it concerns, sorted.';
COMMENT ON COLUMN obligation.due_at IS 'When it became due.';
COMMENT ON COLUMN obligation.overdue_at IS 'From when it is late.';
COMMENT ON COLUMN obligation.rule IS 'Rule it comes from.';
COMMENT ON COLUMN obligation.state IS 'OPEN, OVERDUE, MET or CANCELLED.';
COMMENT ON COLUMN obligation.raised_at IS 'Time of the event that raised it.';
COMMENT ON COLUMN obligation.raised_offset IS 'Offset in facts of the event that raised it.';
COMMENT ON COLUMN obligation.rests_on IS 'Event ids it rests on.';
COMMENT ON COLUMN obligation.request_ref IS 'Request of the subject that caused it.';
COMMENT ON COLUMN obligation.settled_at IS 'When it was met or cancelled.';
COMMENT ON COLUMN obligation.settled_offset IS 'Offset in facts of the event that settled it.';
COMMENT ON COLUMN obligation.settled_event IS 'Event id of the event that settled it.';
COMMENT ON COLUMN obligation.certificate_ref IS 'Certificate of destruction, when one was given.';
COMMENT ON COLUMN obligation.reason IS 'Why it was cancelled.';
COMMENT ON COLUMN obligation.about IS 'What a notice must be about; null for all other kinds.';

CREATE VIEW called_for AS
SELECT h.subject_id, h.holding_id, array_agg(DISTINCT held.category) AS categories
  FROM obligation o
  JOIN holding h
    ON h.subject_id = o.subject_id
   AND (h.holder, h.store, h.purpose, h.ref, h.received_from) IS NOT DISTINCT FROM (o.holder, o.store, o.purpose, o.ref, o.received_from)
 CROSS JOIN unnest(h.categories, h.category_evidence) AS held (category, place)
 WHERE o.kind = 'ERASE' AND o.state IN ('OPEN', 'OVERDUE') AND held.category = ANY (o.categories)
   AND (o.request_ref IS NULL OR h.evidence_at[held.place + 1] <= o.due_at)
 GROUP BY h.subject_id, h.holding_id;
COMMENT ON VIEW called_for IS 'What is held and must be erased: what came after a request is not asked for by it.';
COMMENT ON COLUMN called_for.subject_id IS 'Id made of controller and subject_ref.';
COMMENT ON COLUMN called_for.holding_id IS 'The holding.';
COMMENT ON COLUMN called_for.categories IS 'Those of its categories that open obligations name.';

CREATE TABLE violation (
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    ordinal int NOT NULL,
    event_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    controller text NOT NULL,
    subject_ref text NOT NULL,
    promise text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    holder text,
    purpose text,
    categories text[] NOT NULL,
    rests_on uuid[] NOT NULL
);
COMMENT ON TABLE violation IS 'Broken promises, as published; never changed.';
COMMENT ON COLUMN violation.partition IS 'Partition of facts.';
COMMENT ON COLUMN violation.log_offset IS 'Offset in facts of the record that broke the promise.';
COMMENT ON COLUMN violation.ordinal IS 'Which outcome of that record.';
COMMENT ON COLUMN violation.event_id IS 'Event id of the published ViolationFound.';
COMMENT ON COLUMN violation.subject_id IS 'Id made of controller and subject_ref.';
COMMENT ON COLUMN violation.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN violation.subject_ref IS 'Pseudonym of the subject at this controller.';
COMMENT ON COLUMN violation.promise IS 'Promise that was broken.';
COMMENT ON COLUMN violation.rule IS 'Rule that found it.';
COMMENT ON COLUMN violation.severity IS 'How bad it is.';
COMMENT ON COLUMN violation.holder IS 'Who holds what should not be there, or used it.';
COMMENT ON COLUMN violation.purpose IS 'Purpose it concerns.';
COMMENT ON COLUMN violation.categories IS 'Categories it concerns, sorted.';
COMMENT ON COLUMN violation.rests_on IS 'Event ids it rests on.';

CREATE TABLE fact (
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    subject_id uuid,
    event_id uuid NOT NULL,
    schema_id int NOT NULL,
    recorded_at timestamptz NOT NULL,
    value bytea NOT NULL
);
COMMENT ON TABLE fact IS 'Index of the log: every readable record of topic facts once, with its bytes; ticks are in tick.';
COMMENT ON COLUMN fact.partition IS 'Partition of facts.';
COMMENT ON COLUMN fact.log_offset IS 'Offset in facts.';
COMMENT ON COLUMN fact.subject_id IS 'Id made of controller and subject_ref; null for a copy of a register event.';
COMMENT ON COLUMN fact.event_id IS 'Event id, made by the emitter.';
COMMENT ON COLUMN fact.schema_id IS 'Schema id of the value.';
COMMENT ON COLUMN fact.recorded_at IS 'When the broker appended it.';
COMMENT ON COLUMN fact.value IS 'The value as it is on the log.';

CREATE TABLE tick (
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    register_offset bigint NOT NULL,
    time timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE tick IS 'Copies of TimeReached: which time had come at which place of the log.';
COMMENT ON COLUMN tick.partition IS 'Partition of facts.';
COMMENT ON COLUMN tick.log_offset IS 'Offset in facts.';
COMMENT ON COLUMN tick.register_offset IS 'Offset in register of the original.';
COMMENT ON COLUMN tick.time IS 'The time that had come.';
COMMENT ON COLUMN tick.recorded_at IS 'When the broker appended the copy.';

CREATE TABLE outcome (
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    ordinal int NOT NULL,
    topic text NOT NULL,
    event_id uuid NOT NULL,
    message_key bytea,
    value bytea NOT NULL,
    subject_id uuid NOT NULL
);
COMMENT ON TABLE outcome IS 'What the fold published: the outbox, and the record of it.';
COMMENT ON COLUMN outcome.partition IS 'Partition of facts, and of the topic it goes to.';
COMMENT ON COLUMN outcome.log_offset IS 'Offset in facts of the record it was derived from.';
COMMENT ON COLUMN outcome.ordinal IS 'Which outcome of that record for that subject, from 0.';
COMMENT ON COLUMN outcome.topic IS 'Topic it is published to.';
COMMENT ON COLUMN outcome.event_id IS 'Event id, derived: the same log gives the same id.';
COMMENT ON COLUMN outcome.message_key IS 'Message key, as the fact''s.';
COMMENT ON COLUMN outcome.value IS 'The value as published.';
COMMENT ON COLUMN outcome.subject_id IS 'Whom it is about; all zeros for a dead letter. Outcomes of one record are published in this order.';

CREATE TABLE dead_letter (
    topic text NOT NULL,
    partition int NOT NULL,
    log_offset bigint NOT NULL,
    reason text NOT NULL,
    fingerprint text NOT NULL,
    size int NOT NULL,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE dead_letter IS 'Records that could not be read: where they are and why; never their bytes.';
COMMENT ON COLUMN dead_letter.topic IS 'Topic of the record.';
COMMENT ON COLUMN dead_letter.partition IS 'Partition of the record.';
COMMENT ON COLUMN dead_letter.log_offset IS 'Offset of the record.';
COMMENT ON COLUMN dead_letter.reason IS 'Why it could not be read; names a rule, never a value.';
COMMENT ON COLUMN dead_letter.fingerprint IS 'SHA-256 of the value, in hex.';
COMMENT ON COLUMN dead_letter.size IS 'Bytes of the value.';
COMMENT ON COLUMN dead_letter.recorded_at IS 'When the broker appended it.';

CREATE TABLE progress (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    register_next bigint NOT NULL,
    time_reached timestamptz NOT NULL,
    duplicates bigint NOT NULL,
    pending_offset bigint,
    pending_after uuid,
    pending_steps text,
    CONSTRAINT progress_pkey PRIMARY KEY (topic, partition)
) WITH (fillfactor = 20);  -- a handful of rows, changed by every batch: keep the changes on one page
COMMENT ON TABLE progress IS 'How far each partition is folded; written in the same transaction as the rows, and the fence between two workers.';
COMMENT ON COLUMN progress.topic IS 'Topic.';
COMMENT ON COLUMN progress.partition IS 'Partition.';
COMMENT ON COLUMN progress.next_offset IS 'Offset of the next record to fold.';
COMMENT ON COLUMN progress.register_next IS 'Offset in register of the copy that must come next.';
COMMENT ON COLUMN progress.time_reached IS 'The last tick; 1970 when there was none.';
COMMENT ON COLUMN progress.duplicates IS 'Records seen before and dropped, since offset 0.';
COMMENT ON COLUMN progress.pending_offset IS 'Offset of the register event that is not folded yet into all subjects it concerns; null when there is none.';
COMMENT ON COLUMN progress.pending_after IS 'It is folded into the subjects up to this id; outcomes up to here are whole.';
COMMENT ON COLUMN progress.pending_steps IS 'It and those that wait behind it, as canonical JSON: offset, event id, salt, time of outcomes, time reached, time of the tick before.';

CREATE VIEW reached AS
SELECT partition, COALESCE('epoch'::timestamptz + (pending_steps::jsonb -> 0 ->> 5)::bigint * interval '1 microsecond', time_reached) AS called_until
  FROM progress
 WHERE topic = 'facts';
COMMENT ON VIEW reached IS 'Up to when all that is due is called for or held back: the last tick, or the one before the first that is being worked off.';
COMMENT ON COLUMN reached.partition IS 'Partition of facts.';
COMMENT ON COLUMN reached.called_until IS 'What is due by then has met its tick.';

-- Tallies: how many rows there are, for the overviews. Kept by triggers (projection_tallies.sql), never written by a worker.

CREATE TABLE held_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    holder text NOT NULL,
    received_from text,
    role text,
    activity text,
    store text,
    country text,
    safeguard text,
    agreement text,
    purpose text NOT NULL,
    legal_basis text NOT NULL,
    statute text,
    categories text[] NOT NULL,
    erased text[] NOT NULL,
    rule text,
    has_date boolean NOT NULL,
    holdings bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE held_tally IS 'How many holdings there are, those in which nothing is held any more included, by who, what for, where and what.';
COMMENT ON COLUMN held_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN held_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN held_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN held_tally.holder IS 'Who holds the data.';
COMMENT ON COLUMN held_tally.received_from IS 'Holder that shared it with this one; null for the one that collected it.';
COMMENT ON COLUMN held_tally.role IS 'Role of the holder (DPV).';
COMMENT ON COLUMN held_tally.activity IS 'Processing activity of the policy.';
COMMENT ON COLUMN held_tally.store IS 'Store of the holder, when known.';
COMMENT ON COLUMN held_tally.country IS 'Country of the holder or store (ISO 3166-1 alpha-2).';
COMMENT ON COLUMN held_tally.safeguard IS 'Safeguard of a transfer outside the EEA.';
COMMENT ON COLUMN held_tally.agreement IS 'Agreement the share rests on.';
COMMENT ON COLUMN held_tally.purpose IS 'Purpose it is held for (DPV).';
COMMENT ON COLUMN held_tally.legal_basis IS 'Legal basis (DPV).';
COMMENT ON COLUMN held_tally.statute IS 'Statute, when the legal basis is one.';
COMMENT ON COLUMN held_tally.categories IS 'Categories held now, sorted; none: all is erased.';
COMMENT ON COLUMN held_tally.erased IS 'Categories that were held and are erased, sorted.';
COMMENT ON COLUMN held_tally.rule IS 'Retention rule that gives or will give a date.';
COMMENT ON COLUMN held_tally.has_date IS 'Whether it is known when it must be gone.';
COMMENT ON COLUMN held_tally.holdings IS 'How many.';

CREATE TABLE people_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    level text NOT NULL,
    holder text,
    role text,
    activity text,
    is_shared boolean,
    country text,
    safeguard text,
    subjects bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE people_tally IS 'About how many people something is held: each is counted once in a row.';
COMMENT ON COLUMN people_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN people_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN people_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN people_tally.level IS 'ALL: by anybody; HOLDER: by a holder in a role; COUNTRY: in a country under a safeguard; PART: of an activity, or by all recipients in a role.';
COMMENT ON COLUMN people_tally.holder IS 'Who holds the data; null for ALL and PART.';
COMMENT ON COLUMN people_tally.role IS 'Role of the holder (DPV); for PART only of what was shared.';
COMMENT ON COLUMN people_tally.activity IS 'Processing activity of the policy; only for PART of what was not shared.';
COMMENT ON COLUMN people_tally.is_shared IS 'Whether somebody shared it with this holder; null for ALL.';
COMMENT ON COLUMN people_tally.country IS 'Country (ISO 3166-1 alpha-2); only for COUNTRY.';
COMMENT ON COLUMN people_tally.safeguard IS 'Safeguard of a transfer outside the EEA; only for COUNTRY.';
COMMENT ON COLUMN people_tally.subjects IS 'How many people.';

CREATE TABLE due_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    holder text NOT NULL,
    role text,
    rule text,
    day date NOT NULL,
    held_back boolean NOT NULL,
    holdings bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE due_tally IS 'How many holdings there are in which something is held and that have a date, by date.';
COMMENT ON COLUMN due_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN due_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN due_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN due_tally.holder IS 'Who holds the data.';
COMMENT ON COLUMN due_tally.role IS 'Role of the holder (DPV).';
COMMENT ON COLUMN due_tally.rule IS 'Retention rule that gives the date.';
COMMENT ON COLUMN due_tally.day IS 'Day in Dutch legal time on which it must be gone.';
COMMENT ON COLUMN due_tally.held_back IS 'Whether the date has come and not all that is held is called for.';
COMMENT ON COLUMN due_tally.holdings IS 'How many.';

CREATE TABLE obligation_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    kind text NOT NULL,
    holder text NOT NULL,
    rule text NOT NULL,
    state text NOT NULL,
    day date,
    reason text,
    lateness text,
    obligations bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE obligation_tally IS 'How many obligations there are, by state and day.';
COMMENT ON COLUMN obligation_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN obligation_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN obligation_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN obligation_tally.kind IS 'What must be done: ERASE and so on.';
COMMENT ON COLUMN obligation_tally.holder IS 'Who must do it.';
COMMENT ON COLUMN obligation_tally.rule IS 'Rule it comes from.';
COMMENT ON COLUMN obligation_tally.state IS 'OPEN, OVERDUE, MET or CANCELLED.';
COMMENT ON COLUMN obligation_tally.day IS 'Day in Dutch legal time: when it is due while it is OPEN or OVERDUE, else when it was settled.';
COMMENT ON COLUMN obligation_tally.reason IS 'Why it was cancelled.';
COMMENT ON COLUMN obligation_tally.lateness IS 'Of an erasure that was done how late that was: see how_late.';
COMMENT ON COLUMN obligation_tally.obligations IS 'How many.';

CREATE TABLE violation_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    promise text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    month date NOT NULL,
    violations bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE violation_tally IS 'How many broken promises there are, by month.';
COMMENT ON COLUMN violation_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN violation_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN violation_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN violation_tally.promise IS 'Promise that was broken.';
COMMENT ON COLUMN violation_tally.rule IS 'Rule that found it.';
COMMENT ON COLUMN violation_tally.severity IS 'How bad it is.';
COMMENT ON COLUMN violation_tally.month IS 'First day of the month, in Dutch legal time, of the last tick before it was found; 1970 when there was none.';
COMMENT ON COLUMN violation_tally.violations IS 'How many.';

CREATE TABLE promise_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    promise text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    violations bigint NOT NULL,
    subjects bigint NOT NULL,
    first_offset bigint NOT NULL,
    latest_offset bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE promise_tally IS 'How often each promise was broken in all, about how many people, and where that was found first and last.';
COMMENT ON COLUMN promise_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN promise_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN promise_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN promise_tally.promise IS 'Promise that was broken.';
COMMENT ON COLUMN promise_tally.rule IS 'Rule that found it.';
COMMENT ON COLUMN promise_tally.severity IS 'How bad it is.';
COMMENT ON COLUMN promise_tally.violations IS 'How many.';
COMMENT ON COLUMN promise_tally.subjects IS 'About how many people; each is counted once in a row.';
COMMENT ON COLUMN promise_tally.first_offset IS 'Offset in facts of the record that broke it first.';
COMMENT ON COLUMN promise_tally.latest_offset IS 'Offset in facts of the record that broke it last.';

CREATE TABLE request_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    right_exercised text NOT NULL,
    is_answered boolean NOT NULL,
    is_from_nobody boolean NOT NULL,
    is_unsettled boolean NOT NULL,
    is_refused boolean NOT NULL,
    is_late boolean,
    overdue_month date,
    requests bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE request_tally IS 'How many requests there are, by what became of them.';
COMMENT ON COLUMN request_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN request_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN request_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN request_tally.right_exercised IS 'Right of the person that is asked for.';
COMMENT ON COLUMN request_tally.is_answered IS 'Whether they have an answer that ends them.';
COMMENT ON COLUMN request_tally.is_from_nobody IS 'Whether nobody knows yet who asks.';
COMMENT ON COLUMN request_tally.is_unsettled IS 'Whether something that they called for is not done.';
COMMENT ON COLUMN request_tally.is_refused IS 'Whether they were refused, wholly or in part.';
COMMENT ON COLUMN request_tally.is_late IS 'Whether the answer came late, as in request; null while there is none, or where no obligation says until when.';
COMMENT ON COLUMN request_tally.overdue_month IS 'First day of the month in which they become late; null once they are answered, or where no obligation says until when.';
COMMENT ON COLUMN request_tally.requests IS 'How many.';

-- This one counts facts, not rows: the fold adds to it, in the transaction that moves progress.

CREATE TABLE share_tally (
    partition int NOT NULL,
    tally_id uuid NOT NULL,
    controller text NOT NULL,
    giver text NOT NULL,
    recipient text NOT NULL,
    role text NOT NULL,
    country text,
    month date NOT NULL,
    shares bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE share_tally IS 'How often something was shared, by month; nothing is ever taken off.';
COMMENT ON COLUMN share_tally.partition IS 'Partition of facts.';
COMMENT ON COLUMN share_tally.tally_id IS 'Id made of the columns that say what is counted.';
COMMENT ON COLUMN share_tally.controller IS 'Controller in the sense of the GDPR.';
COMMENT ON COLUMN share_tally.giver IS 'Who gave it: the controller, or who had it from somebody.';
COMMENT ON COLUMN share_tally.recipient IS 'Who got it; never the person it is about.';
COMMENT ON COLUMN share_tally.role IS 'Role of the recipient in the share.';
COMMENT ON COLUMN share_tally.country IS 'Country the share names; null: none.';
COMMENT ON COLUMN share_tally.month IS 'First day of the month, in Dutch legal time, of the moment of the share.';
COMMENT ON COLUMN share_tally.shares IS 'How many.';

CREATE FUNCTION tally_id(VARIADIC parts text[]) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN encode(substring(sha256(convert_to(parts::text, 'UTF8')) FROM 1 FOR 16), 'hex')::uuid;
COMMENT ON FUNCTION tally_id IS 'Id of the columns that say what a tally counts: they may be long, and missing ones are equal.';

CREATE FUNCTION month_found(in_partition int, at_offset bigint) RETURNS date LANGUAGE sql STABLE
    RETURN date_trunc('month', coalesce(
        (SELECT time FROM tick WHERE partition = in_partition AND log_offset <= at_offset ORDER BY log_offset DESC LIMIT 1),
        'epoch'::timestamptz) AT TIME ZONE 'Europe/Amsterdam')::date;
COMMENT ON FUNCTION month_found IS 'Month of the ledger''s time at a place of the log.';

CREATE FUNCTION how_late(due_at timestamptz, overdue_at timestamptz, settled_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN settled_at < overdue_at THEN 'in-time'
                ELSE CASE WHEN (settled_at AT TIME ZONE 'Europe/Amsterdam')::date - (due_at AT TIME ZONE 'Europe/Amsterdam')::date < 7 THEN '0-6'
                          WHEN (settled_at AT TIME ZONE 'Europe/Amsterdam')::date - (due_at AT TIME ZONE 'Europe/Amsterdam')::date < 30 THEN '7-29'
                          WHEN (settled_at AT TIME ZONE 'Europe/Amsterdam')::date - (due_at AT TIME ZONE 'Europe/Amsterdam')::date < 90 THEN '30-89'
                          ELSE '90+' END END;
COMMENT ON FUNCTION how_late IS 'in-time: before it was overdue; else the days, in Dutch legal time, from when it was due to when it was settled.';

-- What the tallies must be at any moment.

CREATE VIEW held_counted AS
SELECT partition,
       tally_id(controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute, categories::text,
                erased::text, rule, (due_at IS NOT NULL)::text) AS tally_id,
       controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute, categories, erased, rule,
       due_at IS NOT NULL AS has_date, count(*) AS holdings
  FROM holding
 GROUP BY partition, controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute, categories,
          erased, rule, due_at IS NOT NULL;
COMMENT ON VIEW held_counted IS 'held_tally, counted.';

CREATE VIEW people_counted AS
SELECT partition,
       tally_id(controller, level, holder, role, activity, is_shared::text, country, safeguard) AS tally_id,
       controller, level, holder, role, activity, is_shared, country, safeguard, count(*) AS subjects
  FROM (SELECT partition, controller,
               CASE WHEN grouping(part) = 0 THEN 'PART' WHEN grouping(holder) = 1 THEN 'ALL' WHEN grouping(country) = 1 THEN 'HOLDER' ELSE 'COUNTRY' END
                   AS level,
               holder, CASE WHEN grouping(part) = 1 THEN role WHEN is_shared THEN part END AS role, CASE WHEN NOT is_shared THEN part END AS activity,
               is_shared, country, safeguard
          FROM (SELECT partition, controller, subject_id, holder, role, received_from IS NOT NULL AS is_shared, country, safeguard,
                       CASE WHEN received_from IS NULL THEN activity ELSE role END AS part
                  FROM holding WHERE categories <> '{}') AS held
         GROUP BY partition, controller, subject_id,
                  GROUPING SETS ((), (holder, role, is_shared), (holder, role, is_shared, country, safeguard), (is_shared, part))) AS one
 GROUP BY partition, controller, level, holder, role, activity, is_shared, country, safeguard;
COMMENT ON VIEW people_counted IS 'people_tally, counted.';

CREATE VIEW due_counted AS
SELECT partition, tally_id(controller, holder, role, rule, to_char(day, 'YYYY-MM-DD'), held_back::text) AS tally_id,
       controller, holder, role, rule, day, held_back, count(*) AS holdings
  FROM (SELECT partition, controller, holder, role, rule, (due_at AT TIME ZONE 'Europe/Amsterdam')::date AS day, held_back
          FROM holding WHERE categories <> '{}' AND due_at IS NOT NULL) AS one
 GROUP BY partition, controller, holder, role, rule, day, held_back;
COMMENT ON VIEW due_counted IS 'due_tally, counted.';

CREATE VIEW obligations_counted AS
SELECT partition, tally_id(controller, kind, holder, rule, state, to_char(day, 'YYYY-MM-DD'), reason, lateness) AS tally_id,
       controller, kind, holder, rule, state, day, reason, lateness, count(*) AS obligations
  FROM (SELECT partition, controller, kind, holder, rule, state,
               (CASE WHEN state IN ('OPEN', 'OVERDUE') THEN due_at ELSE settled_at END AT TIME ZONE 'Europe/Amsterdam')::date AS day, reason,
               CASE WHEN kind = 'ERASE' AND state = 'MET' THEN how_late(due_at, overdue_at, settled_at) END AS lateness
          FROM obligation) AS one
 GROUP BY partition, controller, kind, holder, rule, state, day, reason, lateness;
COMMENT ON VIEW obligations_counted IS 'obligation_tally, counted.';

CREATE VIEW violations_counted AS
SELECT partition, tally_id(controller, promise, rule, severity, to_char(month, 'YYYY-MM-DD')) AS tally_id,
       controller, promise, rule, severity, month, count(*) AS violations
  FROM (SELECT partition, controller, promise, rule, severity, month_found(partition, log_offset) AS month FROM violation) AS one
 GROUP BY partition, controller, promise, rule, severity, month;
COMMENT ON VIEW violations_counted IS 'violation_tally, counted.';

CREATE VIEW promises_counted AS
SELECT partition, tally_id(controller, promise, rule, severity) AS tally_id, controller, promise, rule, severity,
       sum(violations)::bigint AS violations, count(*) AS subjects, min(first_offset) AS first_offset, max(latest_offset) AS latest_offset
  FROM (SELECT partition, controller, promise, rule, severity, count(*) AS violations, min(log_offset) AS first_offset, max(log_offset) AS latest_offset
          FROM violation
         GROUP BY partition, controller, promise, rule, severity, subject_id) AS of_one
 GROUP BY partition, controller, promise, rule, severity;
COMMENT ON VIEW promises_counted IS 'promise_tally, counted.';

CREATE VIEW requests_derived AS
SELECT e.subject_id, e.entry_id, e.partition, s.controller, s.subject_ref, a.request_ref, a.right_exercised, a.received, a.identified, a.is_from_nobody,
       a.extended, a.outcome, a.answered, t.overdue,
       CASE WHEN a.outcome IS NULL
            THEN date_trunc('month', (timestamptz 'epoch' + t.overdue * interval '1 microsecond') AT TIME ZONE 'Europe/Amsterdam')::date END AS overdue_month,
       CASE WHEN a.received IS NULL THEN false
            WHEN a.outcome IS NULL THEN NULL
            WHEN a.is_from_nobody THEN false
            ELSE a.answered - t.overdue >= 1000000 END AS is_late,  -- a whole second, as the list says it
       a.is_refused, t.is_unsettled, a.outcome IS NULL OR t.is_unsettled AS is_open,
       substr(sha256(uuid_send(e.subject_id) || uuid_send(e.entry_id)), 1, 16) AS line
  FROM subject_entry e
  JOIN subject s ON s.subject_id = e.subject_id
 CROSS JOIN LATERAL (SELECT e.entry::jsonb AS request OFFSET 0) r  -- OFFSET: read as JSON once, not at each use
 CROSS JOIN LATERAL (
       SELECT r.request ->> 0 AS request_ref,
              r.request ->> 1 AS right_exercised,
              (r.request -> 2 ->> 0)::bigint AS received,
              CASE WHEN r.request ->> 3 = 'NOT_DONE' THEN (r.request -> 4 ->> 0)::bigint END AS identified,
              r.request ->> 3 = 'NOT_DONE' AND r.request ->> 4 IS NULL AS is_from_nobody,
              (r.request -> 9 ->> 0)::bigint AS extended,
              r.request ->> 6 AS outcome,
              (r.request -> 7 ->> 0)::bigint AS answered,
              coalesce(r.request ->> 6 IN ('REFUSED', 'PARTLY'), false) OR jsonb_array_length(r.request -> 8) > 0 AS is_refused OFFSET 0) a
 CROSS JOIN LATERAL (
       SELECT coalesce(bool_or(o.state IN ('OPEN', 'OVERDUE')), false) AS is_unsettled,
              CASE WHEN a.received IS NOT NULL
                   THEN (extract(epoch FROM (array_agg(o.overdue_at ORDER BY o.state = 'CANCELLED', o.raised_offset DESC, o.obligation_id)
                                             FILTER (WHERE o.kind = 'ANSWER'))[1]) * 1000000)::bigint END AS overdue
         FROM (SELECT o.* FROM obligation o WHERE o.subject_id = e.subject_id AND o.request_ref = a.request_ref
                UNION ALL
               -- what others must be told since of what it brought about: GDPR Art. 19
               SELECT o.*
                 FROM obligation o
                WHERE a.right_exercised IN ('RECTIFICATION', 'RESTRICTION') AND o.subject_id = e.subject_id AND o.request_ref IS DISTINCT FROM a.request_ref
                  AND o.due_at >= timestamptz 'epoch' + a.received * interval '1 microsecond'
                  AND (a.right_exercised = 'RECTIFICATION' AND o.kind = 'RECTIFY'
                       OR a.right_exercised = 'RESTRICTION' AND o.kind = 'NOTIFY_RECIPIENT' AND o.about = 'restriction')) AS o) t
 WHERE e.section = 'requests' AND s.subject_ref <> 'register';  -- what is asked of the controller itself is no person's request
COMMENT ON VIEW requests_derived IS 'request, derived from the entries and the obligations.';

CREATE VIEW requests_counted AS
SELECT partition,
       tally_id(controller, right_exercised, is_answered::text, is_from_nobody::text, is_unsettled::text, is_refused::text, is_late::text,
                to_char(overdue_month, 'YYYY-MM-DD')) AS tally_id,
       controller, right_exercised, is_answered, is_from_nobody, is_unsettled, is_refused, is_late, overdue_month, count(*) AS requests
  FROM (SELECT *, outcome IS NOT NULL AS is_answered FROM request) AS one
 GROUP BY partition, controller, right_exercised, is_answered, is_from_nobody, is_unsettled, is_refused, is_late, overdue_month;
COMMENT ON VIEW requests_counted IS 'request_tally, counted.';

CREATE VIEW requests_before AS SELECT * FROM request WHERE false;
COMMENT ON VIEW requests_before IS 'No row: stands for the rows before, where rows are added (tally_functions.sql).';
CREATE VIEW holdings_before AS SELECT * FROM holding WHERE false;
COMMENT ON VIEW holdings_before IS 'No row: stands for the rows before, where rows are added (tally_functions.sql).';
CREATE VIEW obligations_before AS SELECT * FROM obligation WHERE false;
COMMENT ON VIEW obligations_before IS 'No row: stands for the rows before, where rows are added (tally_functions.sql).';
