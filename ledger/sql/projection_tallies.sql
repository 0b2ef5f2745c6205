-- Tallies: numbers of the projections, kept by PostgreSQL in the transaction that changes the rows. Applied with search_path set to the schema of the
-- tables, when these are filled and indexed and tally_functions.sql is applied: first all is counted, then triggers keep it.
-- What they keep is what counting again would give, row for row; no zero stays. A key begins with the partition: two workers never wait for each other.
-- So are the rows of `request`: what deriving them again would give; their keys are of persons, who are each in one partition.

INSERT INTO held_tally SELECT * FROM held_counted;
INSERT INTO people_tally SELECT * FROM people_counted;
INSERT INTO due_tally SELECT * FROM due_counted;
INSERT INTO obligation_tally SELECT * FROM obligations_counted;
INSERT INTO violation_tally SELECT * FROM violations_counted;
INSERT INTO promise_tally SELECT * FROM promises_counted;
INSERT INTO request SELECT * FROM requests_derived;
INSERT INTO request_tally SELECT * FROM requests_counted;

CREATE TRIGGER tally_added AFTER INSERT ON holding
    REFERENCING NEW TABLE AS holdings_after FOR EACH STATEMENT EXECUTE FUNCTION tally_holdings();
CREATE TRIGGER tally_changed AFTER UPDATE ON holding
    REFERENCING OLD TABLE AS holdings_before NEW TABLE AS holdings_after FOR EACH STATEMENT EXECUTE FUNCTION tally_holdings();
CREATE TRIGGER tally_added AFTER INSERT ON obligation
    REFERENCING NEW TABLE AS obligations_after FOR EACH STATEMENT EXECUTE FUNCTION tally_obligations();
CREATE TRIGGER tally_changed AFTER UPDATE ON obligation
    REFERENCING OLD TABLE AS obligations_before NEW TABLE AS obligations_after FOR EACH STATEMENT EXECUTE FUNCTION tally_obligations();
CREATE TRIGGER tally_added AFTER INSERT ON violation
    REFERENCING NEW TABLE AS violations_after FOR EACH STATEMENT EXECUTE FUNCTION tally_violations();
CREATE TRIGGER requests_added AFTER INSERT ON subject_entry
    REFERENCING NEW TABLE AS entries_after FOR EACH STATEMENT EXECUTE FUNCTION keep_requests();
CREATE TRIGGER requests_changed AFTER UPDATE ON subject_entry
    REFERENCING NEW TABLE AS entries_after FOR EACH STATEMENT EXECUTE FUNCTION keep_requests();
CREATE TRIGGER requests_called_for AFTER INSERT ON obligation
    REFERENCING NEW TABLE AS obligations_after FOR EACH STATEMENT EXECUTE FUNCTION keep_requests_of_obligations();
CREATE TRIGGER requests_settled AFTER UPDATE ON obligation
    REFERENCING NEW TABLE AS obligations_after FOR EACH STATEMENT EXECUTE FUNCTION keep_requests_of_obligations();
CREATE TRIGGER tally_added AFTER INSERT ON request
    REFERENCING NEW TABLE AS requests_after FOR EACH STATEMENT EXECUTE FUNCTION tally_requests();
CREATE TRIGGER tally_changed AFTER UPDATE ON request
    REFERENCING OLD TABLE AS requests_before NEW TABLE AS requests_after FOR EACH STATEMENT EXECUTE FUNCTION tally_requests();
