-- Outcomes of one record go out in order of their subjects. A place noted before this counts as before all subjects of its record: what was sent of
-- that record is sent again, and a receiver knows a repeat by its id.

ALTER TABLE ledger.relay_progress ADD COLUMN subject_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
COMMENT ON COLUMN ledger.relay_progress.subject_id IS 'Whom the outcome is about; all zeros for a dead letter.';
COMMENT ON COLUMN ledger.relay_progress.ordinal IS 'Which outcome of that record for that subject.';
