-- Who may do what to the projections. Applied with search_path set to their schema; USAGE on it is granted beside.
-- Nobody but the owner deletes: what is on the log stays derivable, row by row.

GRANT SELECT ON holding, subject, subject_entry, obligation, called_for, reached, violation, fact, tick, outcome, dead_letter, progress TO ledger_reader, ledger_projector;
GRANT SELECT ON request, held_tally, people_tally, due_tally, obligation_tally, violation_tally, promise_tally, request_tally, share_tally TO ledger_reader, ledger_projector;
GRANT SELECT ON held_counted, people_counted, due_counted, obligations_counted, violations_counted, promises_counted, requests_derived, requests_counted
    TO ledger_projector;  -- who compares log and database counts anew
GRANT INSERT ON holding, subject, subject_entry, obligation, violation, fact, tick, outcome, dead_letter, progress, share_tally TO ledger_projector;
GRANT UPDATE ON holding, subject, subject_entry, obligation, progress, share_tally TO ledger_projector;
-- Who takes events in over HTTP asks which are folded. The role came later, and not everywhere may it be made.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledger_gate') THEN
        GRANT SELECT ON fact, progress TO ledger_gate;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO ledger_gate', current_schema());
    END IF;
END $$;
