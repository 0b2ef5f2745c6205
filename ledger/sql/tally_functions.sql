-- What the triggers of projection_tallies.sql do. Applied with search_path set to the schema of the tables, and again when that is renamed: the functions
-- have the rights of the owner (nobody else may delete), so they look in this schema alone.
-- Rows before and after are added up with -1 and 1: what a change leaves as it was cancels out, without a join. What comes to zero is deleted.
-- holdings_before, obligations_before, requests_before: the rows before a change; of an insertion the empty views of that name.

CREATE OR REPLACE FUNCTION tally_holdings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    gone uuid[];
BEGIN
    WITH held AS (
        INSERT INTO held_tally AS t
        SELECT partition,
               tally_id(controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute,
                        categories::text, erased::text, rule, has_date::text),
               controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute, categories, erased,
               rule, has_date, sum(n)
          FROM (SELECT partition, controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute,
                       categories, erased, rule, due_at IS NOT NULL AS has_date, 1 AS n
                  FROM holdings_after
                 UNION ALL
                SELECT partition, controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute,
                       categories, erased, rule, due_at IS NOT NULL, -1
                  FROM holdings_before) AS every
         GROUP BY partition, controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute,
                  categories, erased, rule, has_date
        HAVING sum(n) <> 0
            ON CONFLICT (partition, tally_id) DO UPDATE SET holdings = t.holdings + excluded.holdings
        RETURNING tally_id, holdings AS left_over),
    due AS (
        INSERT INTO due_tally AS t
        SELECT partition, tally_id(controller, holder, role, rule, to_char(day, 'YYYY-MM-DD'), held_back::text), controller, holder, role, rule, day, held_back, sum(n)
          FROM (SELECT partition, controller, holder, role, rule, (due_at AT TIME ZONE 'Europe/Amsterdam')::date AS day, held_back, 1 AS n
                  FROM holdings_after WHERE due_at IS NOT NULL AND categories <> '{}'
                 UNION ALL
                SELECT partition, controller, holder, role, rule, (due_at AT TIME ZONE 'Europe/Amsterdam')::date, held_back, -1
                  FROM holdings_before WHERE due_at IS NOT NULL AND categories <> '{}') AS every
         GROUP BY partition, controller, holder, role, rule, day, held_back
        HAVING sum(n) <> 0
            ON CONFLICT (partition, tally_id) DO UPDATE SET holdings = t.holdings + excluded.holdings
        RETURNING tally_id, holdings AS left_over),
    -- Where somebody's data came or went, and how many holdings of that person there are now: at all, at that holder, in that place, in that part.
    moved AS MATERIALIZED (
        SELECT m.*, h.of_all, h.of_part, h.of_holder, h.of_place
          FROM (SELECT partition, controller, subject_id, holder, role, is_shared, country, safeguard, part, sum(n)::bigint AS n
                  FROM (SELECT partition, controller, subject_id, holder, role, received_from IS NOT NULL AS is_shared, country, safeguard,
                               CASE WHEN received_from IS NULL THEN activity ELSE role END AS part, 1 AS n
                          FROM holdings_after WHERE categories <> '{}'
                         UNION ALL
                        SELECT partition, controller, subject_id, holder, role, received_from IS NOT NULL, country, safeguard,
                               CASE WHEN received_from IS NULL THEN activity ELSE role END, -1
                          FROM holdings_before WHERE categories <> '{}') AS every
                 GROUP BY subject_id, holder, partition, controller, role, is_shared, country, safeguard, part
                HAVING sum(n) <> 0) AS m
         CROSS JOIN LATERAL (
                SELECT count(*) AS of_all,
                       count(*) FILTER (WHERE (h.received_from IS NOT NULL) = m.is_shared
                                          AND CASE WHEN m.is_shared THEN h.role ELSE h.activity END IS NOT DISTINCT FROM m.part) AS of_part,
                       count(*) FILTER (WHERE is_there) AS of_holder,
                       count(*) FILTER (WHERE is_there AND h.country IS NOT DISTINCT FROM m.country AND h.safeguard IS NOT DISTINCT FROM m.safeguard) AS of_place
                  FROM holding h
                 CROSS JOIN LATERAL (SELECT h.holder = m.holder AND h.role IS NOT DISTINCT FROM m.role AND (h.received_from IS NOT NULL) = m.is_shared) AS t (is_there)
                 WHERE h.subject_id = m.subject_id AND h.categories <> '{}') AS h),
    persons AS (
        SELECT partition, controller, 'ALL' AS level, NULL AS holder, NULL AS role, NULL AS activity, NULL::boolean AS is_shared, NULL AS country,
               NULL AS safeguard, (max(of_all) > 0)::int - (max(of_all) - sum(n) > 0)::int AS n
          FROM moved
         GROUP BY subject_id, partition, controller
        HAVING (max(of_all) > 0) <> (max(of_all) - sum(n) > 0)
         UNION ALL
        SELECT partition, controller, 'PART', NULL, CASE WHEN is_shared THEN part END, CASE WHEN NOT is_shared THEN part END, is_shared, NULL, NULL,
               (max(of_part) > 0)::int - (max(of_part) - sum(n) > 0)::int
          FROM moved
         GROUP BY subject_id, partition, controller, is_shared, part
        HAVING (max(of_part) > 0) <> (max(of_part) - sum(n) > 0)
         UNION ALL
        SELECT partition, controller, 'HOLDER', holder, role, NULL, is_shared, NULL, NULL, (max(of_holder) > 0)::int - (max(of_holder) - sum(n) > 0)::int
          FROM moved
         GROUP BY subject_id, holder, partition, controller, role, is_shared
        HAVING (max(of_holder) > 0) <> (max(of_holder) - sum(n) > 0)
         UNION ALL
        SELECT partition, controller, 'COUNTRY', holder, role, NULL, is_shared, country, safeguard, (of_place > 0)::int - (of_place - n > 0)::int
          FROM moved
         WHERE is_shared AND (of_place > 0) <> (of_place - n > 0)
         UNION ALL
        SELECT partition, controller, 'COUNTRY', holder, role, NULL, is_shared, country, safeguard,
               (max(of_place) > 0)::int - (max(of_place) - sum(n) > 0)::int
          FROM moved
         WHERE NOT is_shared
         GROUP BY subject_id, holder, partition, controller, role, is_shared, country, safeguard
        HAVING (max(of_place) > 0) <> (max(of_place) - sum(n) > 0)),
    people AS (
        INSERT INTO people_tally AS t
        SELECT partition, tally_id(controller, level, holder, role, activity, is_shared::text, country, safeguard),
               controller, level, holder, role, activity, is_shared, country, safeguard, sum(n)
          FROM persons
         GROUP BY partition, controller, level, holder, role, activity, is_shared, country, safeguard
        HAVING sum(n) <> 0
            ON CONFLICT (partition, tally_id) DO UPDATE SET subjects = t.subjects + excluded.subjects
        RETURNING tally_id, subjects AS left_over)
    SELECT array_agg(tally_id) INTO gone
      FROM (SELECT * FROM held UNION ALL SELECT * FROM due UNION ALL SELECT * FROM people) AS every
     WHERE left_over = 0;
    IF gone IS NOT NULL THEN
        DELETE FROM held_tally WHERE partition IN (SELECT partition FROM holdings_after) AND tally_id = ANY (gone) AND holdings = 0;
        DELETE FROM due_tally WHERE partition IN (SELECT partition FROM holdings_after) AND tally_id = ANY (gone) AND holdings = 0;
        DELETE FROM people_tally WHERE partition IN (SELECT partition FROM holdings_after) AND tally_id = ANY (gone) AND subjects = 0;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tally_obligations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    gone uuid[];
BEGIN
    WITH counted AS (
        INSERT INTO obligation_tally AS t
        SELECT partition, tally_id(controller, kind, holder, rule, state, to_char(day, 'YYYY-MM-DD'), reason, lateness),
               controller, kind, holder, rule, state, day, reason, lateness, sum(n)
          FROM (SELECT partition, controller, kind, holder, rule, state,
                       (CASE WHEN state IN ('OPEN', 'OVERDUE') THEN due_at ELSE settled_at END AT TIME ZONE 'Europe/Amsterdam')::date AS day, reason,
                       CASE WHEN kind = 'ERASE' AND state = 'MET' THEN how_late(due_at, overdue_at, settled_at) END AS lateness, 1 AS n
                  FROM obligations_after
                 UNION ALL
                SELECT partition, controller, kind, holder, rule, state,
                       (CASE WHEN state IN ('OPEN', 'OVERDUE') THEN due_at ELSE settled_at END AT TIME ZONE 'Europe/Amsterdam')::date, reason,
                       CASE WHEN kind = 'ERASE' AND state = 'MET' THEN how_late(due_at, overdue_at, settled_at) END, -1
                  FROM obligations_before) AS every
         GROUP BY partition, controller, kind, holder, rule, state, day, reason, lateness
        HAVING sum(n) <> 0
            ON CONFLICT (partition, tally_id) DO UPDATE SET obligations = t.obligations + excluded.obligations
        RETURNING tally_id, obligations AS left_over)
    SELECT array_agg(tally_id) INTO gone FROM counted WHERE left_over = 0;
    IF gone IS NOT NULL THEN
        DELETE FROM obligation_tally WHERE partition IN (SELECT partition FROM obligations_after) AND tally_id = ANY (gone) AND obligations = 0;
    END IF;
    RETURN NULL;
END $$;

-- Rows of `violation` are only ever added. Of a person there was none of a kind before when there are no more of that kind now than were added: one more
-- than these is enough to know, so who has thousands costs no more.
CREATE OR REPLACE FUNCTION tally_violations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
    SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    INSERT INTO violation_tally AS t
    SELECT partition, tally_id(controller, promise, rule, severity, to_char(month, 'YYYY-MM-DD')), controller, promise, rule, severity, month, count(*)
      FROM (SELECT v.*, month_found(v.partition, v.log_offset) AS month FROM violations_after v) AS every
     GROUP BY partition, controller, promise, rule, severity, month
        ON CONFLICT (partition, tally_id) DO UPDATE SET violations = t.violations + excluded.violations;
    INSERT INTO promise_tally AS t
    SELECT partition, tally_id(controller, promise, rule, severity), controller, promise, rule, severity, sum(n),
           count(*) FILTER (WHERE n = (SELECT count(*)
                                         FROM (SELECT FROM violation v
                                                WHERE v.subject_id = of_one.subject_id
                                                  AND (v.promise, v.rule, v.severity) = (of_one.promise, of_one.rule, of_one.severity)
                                                LIMIT of_one.n + 1) AS there)),
           min(first_offset), max(latest_offset)
      FROM (SELECT partition, controller, subject_id, promise, rule, severity, count(*) AS n, min(log_offset) AS first_offset, max(log_offset) AS latest_offset
              FROM violations_after
             GROUP BY partition, controller, subject_id, promise, rule, severity) AS of_one
     GROUP BY partition, controller, promise, rule, severity
        ON CONFLICT (partition, tally_id) DO UPDATE
       SET violations = t.violations + excluded.violations, subjects = t.subjects + excluded.subjects,
           first_offset = least(t.first_offset, excluded.first_offset), latest_offset = greatest(t.latest_offset, excluded.latest_offset);
    RETURN NULL;
END $$;

-- Rows of `request` that an entry or an obligation may have changed are derived anew, by key. Most batches have none.
CREATE OR REPLACE FUNCTION keep_requests_at(subject_ids uuid[], entry_ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    INSERT INTO request AS r
    SELECT d.*
      FROM unnest(subject_ids, entry_ids) AS c (subject_id, entry_id)
      JOIN requests_derived d ON (d.subject_id, d.entry_id) = (c.subject_id, c.entry_id)
        ON CONFLICT (subject_id, request_ref) DO UPDATE
       SET (right_exercised, received, identified, is_from_nobody, extended, outcome, answered, overdue, overdue_month, is_late, is_refused, is_unsettled,
            is_open)
           = ROW (excluded.right_exercised, excluded.received, excluded.identified, excluded.is_from_nobody, excluded.extended, excluded.outcome,
                  excluded.answered, excluded.overdue, excluded.overdue_month, excluded.is_late, excluded.is_refused, excluded.is_unsettled,
                  excluded.is_open)
     WHERE r.* IS DISTINCT FROM excluded.*;
$$;

CREATE OR REPLACE FUNCTION keep_requests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    subjects uuid[];
    entries uuid[];
BEGIN
    SELECT array_agg(subject_id), array_agg(entry_id) INTO subjects, entries FROM entries_after WHERE section = 'requests';
    IF subjects IS NOT NULL THEN
        PERFORM keep_requests_at(subjects, entries);
    END IF;
    RETURN NULL;
END $$;

-- An obligation says by itself whether a request may have to do with it: requests_derived.
CREATE OR REPLACE FUNCTION keep_requests_of_obligations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    subjects uuid[];
    entries uuid[];
BEGIN
    SELECT array_agg(subject_id), array_agg(entry_id) INTO subjects, entries
      FROM (SELECT r.subject_id, r.entry_id
              FROM (SELECT DISTINCT subject_id, request_ref FROM obligations_after WHERE request_ref IS NOT NULL) AS o
              JOIN request r ON r.subject_id = o.subject_id AND r.request_ref = o.request_ref
             UNION
            SELECT r.subject_id, r.entry_id
              FROM (SELECT DISTINCT subject_id, CASE kind WHEN 'RECTIFY' THEN 'RECTIFICATION' ELSE 'RESTRICTION' END AS brought_about_by
                      FROM obligations_after WHERE kind = 'RECTIFY' OR kind = 'NOTIFY_RECIPIENT' AND about = 'restriction') AS o
              JOIN request r ON r.subject_id = o.subject_id AND r.right_exercised = o.brought_about_by) AS concerned;
    IF subjects IS NOT NULL THEN
        PERFORM keep_requests_at(subjects, entries);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tally_requests() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    gone uuid[];
BEGIN
    WITH counted AS (
        INSERT INTO request_tally AS t
        SELECT partition,
               tally_id(controller, right_exercised, is_answered::text, is_from_nobody::text, is_unsettled::text, is_refused::text, is_late::text,
                        to_char(overdue_month, 'YYYY-MM-DD')),
               controller, right_exercised, is_answered, is_from_nobody, is_unsettled, is_refused, is_late, overdue_month, sum(n)
          FROM (SELECT partition, controller, right_exercised, outcome IS NOT NULL AS is_answered, is_from_nobody, is_unsettled, is_refused, is_late,
                       overdue_month, 1 AS n
                  FROM requests_after
                 UNION ALL
                SELECT partition, controller, right_exercised, outcome IS NOT NULL, is_from_nobody, is_unsettled, is_refused, is_late, overdue_month, -1
                  FROM requests_before) AS every
         GROUP BY partition, controller, right_exercised, is_answered, is_from_nobody, is_unsettled, is_refused, is_late, overdue_month
        HAVING sum(n) <> 0
            ON CONFLICT (partition, tally_id) DO UPDATE SET requests = t.requests + excluded.requests
        RETURNING tally_id, requests AS left_over)
    SELECT array_agg(tally_id) INTO gone FROM counted WHERE left_over = 0;
    IF gone IS NOT NULL THEN
        DELETE FROM request_tally WHERE partition IN (SELECT partition FROM requests_after) AND tally_id = ANY (gone) AND requests = 0;
    END IF;
    RETURN NULL;
END $$;

-- They have the rights of the owner: who may run one could make it count rows of a table of one's own, or derive a row from what is half written.
-- A trigger needs no leave to run what it was made with.
REVOKE EXECUTE ON FUNCTION tally_holdings(), tally_obligations(), tally_violations(), tally_requests(), keep_requests(), keep_requests_of_obligations(),
    keep_requests_at(uuid[], uuid[]) FROM PUBLIC;
