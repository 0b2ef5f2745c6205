-- What people and authorities have asked, counted: the figures above lists of it; and what is held back because somebody asked. Read-only; form as in
-- queries.sql. Those of requests read the table of them and its tally; the others what was asked, by the index of its sections.

-- requests_counted --
-- Requests, alike ones added up: answered, standing still because nobody knows who asks, something that it called for open, something let stay, late.
-- From the tally, but for those that become late in this month, which are looked at one by one.
-- is_late NULL: no obligation says until when the controller has; of these alone, one by one, the moments that do come along.
-- unclocked: rights that have no clock of their own.
WITH this AS (
    SELECT %(now)s::bigint - 1000000 AS late_until,  -- a whole second, as the list says it
           date_trunc('month', (timestamptz 'epoch' + (%(now)s::bigint - 1000000) * interval '1 microsecond') AT TIME ZONE 'Europe/Amsterdam')::date AS month),
chosen AS NOT MATERIALIZED (
    SELECT *
      FROM request_tally
     WHERE (%(controller)s::text IS NULL OR controller = %(controller)s) AND (NOT %(is_open)s OR NOT is_answered OR is_unsettled)
       AND (NOT %(is_refused)s OR is_refused)),
found AS NOT MATERIALIZED (
    SELECT *
      FROM request
     WHERE (%(controller)s::text IS NULL OR controller = %(controller)s) AND (NOT %(is_open)s OR is_open) AND (NOT %(is_refused)s OR is_refused))
SELECT is_answered,
       is_paused,
       is_unsettled,
       is_refused,
       is_late,
       controller,
       received,
       identified,
       extended,
       ended,
       sum(requests)::bigint AS requests
  FROM (SELECT is_answered,
               is_from_nobody AND (overdue_month IS NOT NULL OR right_exercised <> ALL(%(unclocked)s::text[])) AS is_paused,
               is_unsettled,
               is_refused,
               CASE WHEN is_late IS NOT NULL THEN is_late WHEN is_from_nobody OR overdue_month IS NULL THEN false ELSE overdue_month < this.month END AS is_late,
               NULL AS controller,
               NULL::bigint AS received,
               NULL::bigint AS identified,
               NULL::bigint AS extended,
               NULL::bigint AS ended,
               requests
          FROM chosen, this
         WHERE is_late IS NOT NULL OR is_from_nobody OR overdue_month <> this.month
            OR overdue_month IS NULL AND right_exercised = ANY(%(unclocked)s::text[])
         UNION ALL
        SELECT false, false, is_unsettled, is_refused, overdue <= this.late_until, NULL, NULL, NULL, NULL, NULL, 1
          FROM this JOIN found ON overdue_month = this.month
         WHERE NOT is_from_nobody
         UNION ALL
        SELECT outcome IS NOT NULL, false, is_unsettled, is_refused, NULL, controller, received, identified, extended,
               coalesce(answered, %(now)s::bigint), 1
          FROM (SELECT DISTINCT right_exercised FROM chosen
                 WHERE is_late IS NULL AND overdue_month IS NULL AND NOT is_from_nobody AND right_exercised <> ALL(%(unclocked)s::text[])) AS untold
          JOIN found USING (right_exercised)
         WHERE is_late IS NULL AND overdue_month IS NULL AND NOT is_from_nobody) AS every
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;

-- disclosures_counted --
-- Disclosures by whether the person was told: given, due, barred by an order, or nobody asks for it.
SELECT notice,
       count(*) AS disclosures
  FROM (SELECT CASE WHEN EXISTS (SELECT
                                   FROM subject_entry n
                                  WHERE n.subject_id = d.subject_id AND n.section = 'notices' AND n.entry::jsonb ->> 0 = 'subject'
                                    AND n.entry::jsonb ->> 2 = d.disclosure_ref
                                    AND (n.entry::jsonb ->> 1 = 'disclosure'
                                         OR n.entry::jsonb ->> 1 = 'disclosure_request' AND coalesce(d.decided ->> 4 = 'REFUSED', true)))
                    THEN 'GIVEN'
                    WHEN d.decided ->> 5 = 'BARRED' AND (d.decided ->> 6 IS NULL OR p.time_micros < (d.decided ->> 6)::bigint) THEN 'BARRED'
                    WHEN d.decided ->> 5 = 'BARRED'  -- the next tick calls for it
                         OR EXISTS (SELECT
                                      FROM obligation o
                                     WHERE o.subject_id = d.subject_id AND o.kind = 'NOTIFY_SUBJECT' AND o.ref = d.disclosure_ref
                                       AND o.about IN ('disclosure', 'disclosure_request') AND o.state IN ('OPEN', 'OVERDUE'))
                    THEN 'DUE'
                    ELSE 'NONE' END AS notice
          FROM (SELECT e.subject_id,
                       e.partition,
                       t.told ->> 0 AS disclosure_ref,
                       (array_agg(t.told ORDER BY (t.told ->> 2)::bigint DESC, (t.told ->> 1) COLLATE "C" DESC)
                        FILTER (WHERE e.section = 'disclosures'))[1] AS decided
                  FROM subject_entry e
                  JOIN subject s ON s.subject_id = e.subject_id
                 CROSS JOIN LATERAL (SELECT e.entry::jsonb AS told OFFSET 0) t
                 WHERE e.section IN ('disclosures', 'disclosure_requests') AND (%(controller)s::text IS NULL OR s.controller = %(controller)s)
                 GROUP BY e.subject_id, e.partition, t.told ->> 0) d
          JOIN (SELECT partition,
                       (extract(epoch FROM time_reached) * 1000000)::bigint AS time_micros
                  FROM progress) p ON p.partition = d.partition) AS told
 GROUP BY notice;

-- shares_under_disclosures --
-- What went out under disclosures: the facts of those people in which the reference stands, with what was asked for and decided, the earliest first.
SELECT d.subject_id,
       d.disclosure_ref,
       f.value,
       coalesce(d.asked, '[]')::text AS asked,
       coalesce(d.decided, '[]')::text AS decided
  FROM (SELECT e.subject_id,
               t.told ->> 0 AS disclosure_ref,
               (array_agg(t.told -> 2) FILTER (WHERE e.section = 'disclosure_requests'))[1] AS asked,
               json_agg(t.told ORDER BY (t.told ->> 2)::bigint, (t.told ->> 1) COLLATE "C") FILTER (WHERE e.section = 'disclosures') AS decided
          FROM subject_entry e
          JOIN subject s ON s.subject_id = e.subject_id
         CROSS JOIN LATERAL (SELECT e.entry::jsonb AS told OFFSET 0) t
         WHERE e.section IN ('disclosures', 'disclosure_requests') AND (%(controller)s::text IS NULL OR s.controller = %(controller)s)
         GROUP BY e.subject_id, t.told ->> 0) d
  JOIN fact f ON f.subject_id = d.subject_id
 WHERE f.schema_id = ANY(%(schema_ids)s::int[]) AND position(convert_to(d.disclosure_ref, 'UTF8') IN f.value) > 0
 ORDER BY d.subject_id, d.disclosure_ref;

-- holds --
-- Every legal hold and restriction with its steps, the newest placed first. Whether one stands is for the core to say of the steps.
-- Of which only releases are known: by the latest of these.
SELECT *
  FROM (SELECT s.subject_id,
               s.partition,
               s.controller,
               s.subject_ref,
               h.hold_ref,
               coalesce(max(h.told) FILTER (WHERE NOT h.is_release), max(h.told)) AS placed_micros,
               substr(sha256(uuid_send(s.subject_id) || convert_to(h.hold_ref, 'UTF8')), 1, 16) AS line,
               array_agg(e.entry ORDER BY e.entry_id) AS steps
          FROM subject_entry e
          JOIN subject s ON s.subject_id = e.subject_id
         CROSS JOIN LATERAL (
               SELECT t.told ->> 0 AS hold_ref, (t.told ->> 2)::bigint AS told, (t.told ->> 5)::boolean AS is_release
                 FROM (SELECT e.entry::jsonb AS told OFFSET 0) t) h
         WHERE e.section = 'holds' AND (%(controller)s::text IS NULL OR s.controller = %(controller)s)
         GROUP BY s.subject_id, s.partition, s.controller, s.subject_ref, h.hold_ref) AS placed
 WHERE (-placed_micros, line) > (%(after_place)s, %(after_id)s)
 ORDER BY -placed_micros, line;

-- holds_alike --
-- The same holds, alike ones added up, with the steps of one of them: a hold of one step stands or not by kind, whether it is a release, and its end;
-- one of more steps is like no other.
SELECT partition,
       min(steps) AS steps,
       count(*) AS holds
  FROM (SELECT s.partition,
               array_agg(e.entry ORDER BY e.entry_id) AS steps,
               CASE WHEN count(*) = 1 THEN min(jsonb_build_array(t.told -> 4, t.told -> 5, t.told -> 8)::text)
                    ELSE s.subject_id || ' ' || (t.told ->> 0) END AS alike
          FROM subject_entry e
          JOIN subject s ON s.subject_id = e.subject_id
         CROSS JOIN LATERAL (SELECT e.entry::jsonb AS told OFFSET 0) t
         WHERE e.section = 'holds' AND (%(controller)s::text IS NULL OR s.controller = %(controller)s)
         GROUP BY s.subject_id, s.partition, t.told ->> 0) AS placed
 GROUP BY partition, alike;
