-- What people and authorities have asked, counted: the figures above lists of it; and what is held back because somebody asked. Read-only; form as in
-- queries.sql. Each reads what was asked, by the index of its sections, and of each subject the obligations by key.

-- requests_counted --
-- Requests, alike ones added up: answered, standing still because nobody knows who asks, something that it called for open, something let stay, late.
-- is_late NULL: nothing was called for, so the obligations do not tell until when the controller has; of these alone the moments that do come along.
-- Which obligations belong to a request: as in `requests` of report_queries.sql.
SELECT is_answered,
       is_paused,
       is_unsettled,
       is_refused,
       is_late,
       CASE WHEN is_late IS NULL THEN controller END AS controller,
       CASE WHEN is_late IS NULL THEN received END AS received,
       CASE WHEN is_late IS NULL THEN identified END AS identified,
       CASE WHEN is_late IS NULL THEN extended END AS extended,
       CASE WHEN is_late IS NULL THEN ended END AS ended,
       count(*) AS requests
  FROM (SELECT *,
               has_clock AND is_from_nobody AS is_paused,
               CASE WHEN NOT has_clock OR is_from_nobody THEN false ELSE ended - overdue >= 1000000 END AS is_late  -- a whole second, as the list says it
          FROM (SELECT s.controller,
                       r.request ->> 6 IS NOT NULL AS is_answered,
                       (r.request -> 2 ->> 0)::bigint AS received,
                       CASE WHEN r.request ->> 3 = 'NOT_DONE' THEN (r.request -> 4 ->> 0)::bigint END AS identified,
                       r.request ->> 3 = 'NOT_DONE' AND r.request ->> 4 IS NULL AS is_from_nobody,
                       (r.request -> 9 ->> 0)::bigint AS extended,
                       coalesce((r.request -> 7 ->> 0)::bigint, %(now)s::bigint) AS ended,
                       coalesce(r.request ->> 6 IN ('REFUSED', 'PARTLY'), false) OR jsonb_array_length(r.request -> 8) > 0 AS is_refused,
                       r.request ->> 2 IS NOT NULL AND (t.overdue IS NOT NULL OR r.request ->> 1 <> ALL(%(unclocked)s::text[])) AS has_clock,
                       t.is_unsettled,
                       (extract(epoch FROM t.overdue) * 1000000)::bigint AS overdue
                  FROM subject_entry e
                  JOIN subject s ON s.subject_id = e.subject_id
                 CROSS JOIN LATERAL (SELECT e.entry::jsonb AS request OFFSET 0) r  -- OFFSET: read as JSON once, not at each use
                 CROSS JOIN LATERAL (
                       SELECT coalesce(bool_or(o.state IN ('OPEN', 'OVERDUE')), false) AS is_unsettled,
                              (array_agg(o.overdue_at ORDER BY o.state = 'CANCELLED', o.raised_offset DESC, o.obligation_id)
                               FILTER (WHERE o.kind = 'ANSWER'))[1] AS overdue
                         FROM obligation o
                        WHERE o.subject_id = s.subject_id
                          AND (o.request_ref = r.request ->> 0
                               OR o.due_at >= timestamptz 'epoch' + (r.request -> 2 ->> 0)::bigint * interval '1 microsecond'
                                  AND (r.request ->> 1 = 'RECTIFICATION' AND o.kind = 'RECTIFY'
                                       OR r.request ->> 1 = 'RESTRICTION' AND o.kind = 'NOTIFY_RECIPIENT' AND o.about = 'restriction'))) t
                 WHERE e.section = 'requests' AND s.subject_ref <> 'register'  -- what is asked of the controller itself is no person's request
                   AND (%(controller)s::text IS NULL OR s.controller = %(controller)s)) AS asked
         WHERE (NOT %(is_open)s OR NOT is_answered OR is_unsettled) AND (NOT %(is_refused)s OR is_refused)) AS clocked
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
