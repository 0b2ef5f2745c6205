-- The questions of `ledger report`. Read-only; unqualified names are those of the live projections (search_path). Same form as queries.sql.
-- What is about one subject, or about subjects named by id, goes by index. What is about everybody reads a table once and adds up here: only
-- sums leave the database.

-- mixes --
-- Everything that is or was held, added up: one row for each mix of who, what for, where and what. Reads all holdings once, or those of some holders.
SELECT partition,
       controller,
       holder,
       received_from,
       role,
       activity,
       store,
       country,
       safeguard,
       agreement,
       purpose,
       legal_basis,
       statute,
       rule,
       categories,
       erased,
       count(*) AS holdings,
       (extract(epoch FROM min(evidence_at[1])) * 1000000)::bigint AS since_micros,
       min(latest_offset) AS first_offset,
       max(latest_offset) AS latest_offset
  FROM holding
 WHERE (%(controller)s::text IS NULL OR controller = %(controller)s) AND (%(holders)s::text[] IS NULL OR holder = ANY(%(holders)s::text[]))
 GROUP BY partition, controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute, rule,
          categories, erased;

-- places_of_categories --
-- Where the facts stand that brought some categories which are held now, by activity of the controller's own holdings or role of recipients.
SELECT received_from IS NULL AS is_own,
       activity,
       role,
       category,
       partition,
       min(evidence_offset[place + 1]) AS first_offset,
       max(evidence_offset[place + 1]) AS latest_offset,
       count(*) AS holdings
  FROM holding CROSS JOIN unnest(categories, category_evidence) AS c (category, place)
 WHERE controller = %(controller)s AND categories && %(categories)s::text[] AND category = ANY(%(categories)s::text[])
 GROUP BY received_from IS NULL, activity, role, category, partition;

-- Each person is counted once in two steps, which is much faster than count(DISTINCT): the database needs no sort by names.

-- people_of_countries --
-- About how many people each holder has something in each country, under each safeguard; where a share names no country, the register's counts.
SELECT controller,
       holder,
       role,
       country,
       safeguard,
       count(*) AS subjects
  FROM (SELECT h.controller,
               h.holder,
               h.role,
               coalesce(h.country, r.country) AS country,
               h.safeguard
          FROM holding h
          LEFT JOIN unnest(%(owners)s::text[], %(recipients)s::text[], %(countries)s::text[]) AS r (owner, recipient, country)
                 ON r.owner = h.controller AND r.recipient = h.holder
         WHERE h.categories <> '{}' AND (%(controller)s::text IS NULL OR h.controller = %(controller)s)
         GROUP BY h.subject_id, h.controller, h.holder, h.role, coalesce(h.country, r.country), h.safeguard) AS one
 GROUP BY controller, holder, role, country, safeguard;

-- people_of_purpose --
-- About how many people each controller itself holds something for one purpose.
SELECT controller,
       count(*) AS subjects
  FROM (SELECT controller
          FROM holding
         WHERE purpose = %(purpose)s AND categories <> '{}' AND received_from IS NULL AND (%(controller)s::text IS NULL OR controller = %(controller)s)
         GROUP BY subject_id, controller) AS one
 GROUP BY controller;

-- choices --
-- What people chose about some purposes, alike people added up: the steps of their objections and consents in order, and whether they stand on the
-- controller's list. What the steps mean is core's. objected, consented: the places of these steps, of the first of them and of the latest.
WITH step AS (
       SELECT subject_id,
              section,
              json_build_array(entry::jsonb ->> 0, entry::jsonb ->> 1, entry::jsonb ->> 5) AS objection,
              json_build_array(entry::jsonb ->> 0, entry::jsonb ->> 1, entry::jsonb ->> 2, entry::jsonb ->> 6) AS consent,
              (entry::jsonb ->> CASE section WHEN 'objections' THEN 3 ELSE 4 END)::bigint AS at,
              entry::jsonb ->> CASE section WHEN 'objections' THEN 2 ELSE 3 END AS event_id,
              (entry::jsonb ->> CASE section WHEN 'objections' THEN 4 ELSE 5 END)::bigint AS log_offset
         FROM subject_entry
        WHERE section IN ('objections', 'consents') AND entry::jsonb ->> 0 = ANY(%(purposes)s::text[])),
choice AS (
       SELECT subject_id,
              coalesce(json_agg(objection ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'objections'), '[]')::text AS objections,
              coalesce(array_agg(log_offset ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'objections'), '{}') AS objected,
              coalesce(json_agg(consent ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'consents'), '[]')::text AS consents,
              coalesce(array_agg(log_offset ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'consents'), '{}') AS consented
         FROM step
        GROUP BY subject_id),
listed AS (
       SELECT DISTINCT subject_id
         FROM holding
        WHERE purpose = %(list_purpose)s AND received_from IS NULL AND categories <> '{}')
SELECT s.partition,
       s.controller,
       c.objections,
       c.consents,
       l.subject_id IS NOT NULL AS is_listed,
       count(*) AS subjects,
       min(c.objected) AS first_objected,
       max(c.objected) AS latest_objected,
       min(c.consented) AS first_consented,
       max(c.consented) AS latest_consented
  FROM choice c
  JOIN subject s USING (subject_id)
  LEFT JOIN listed l USING (subject_id)
 WHERE %(controller)s::text IS NULL OR s.controller = %(controller)s
 GROUP BY s.partition, s.controller, c.objections, c.consents, l.subject_id IS NOT NULL;

-- objecting_unlisted --
-- Those of some controllers who made just these steps and do not stand on their list, one by one.
WITH step AS (
       SELECT subject_id,
              section,
              json_build_array(entry::jsonb ->> 0, entry::jsonb ->> 1, entry::jsonb ->> 5) AS objection,
              json_build_array(entry::jsonb ->> 0, entry::jsonb ->> 1, entry::jsonb ->> 2, entry::jsonb ->> 6) AS consent,
              (entry::jsonb ->> CASE section WHEN 'objections' THEN 3 ELSE 4 END)::bigint AS at,
              entry::jsonb ->> CASE section WHEN 'objections' THEN 2 ELSE 3 END AS event_id,
              (entry::jsonb ->> CASE section WHEN 'objections' THEN 4 ELSE 5 END)::bigint AS log_offset
         FROM subject_entry
        WHERE section IN ('objections', 'consents') AND entry::jsonb ->> 0 = ANY(%(purposes)s::text[])),
choice AS (
       SELECT subject_id,
              coalesce(json_agg(objection ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'objections'), '[]')::text AS objections,
              coalesce(array_agg(log_offset ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'objections'), '{}') AS objected,
              coalesce(json_agg(consent ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'consents'), '[]')::text AS consents,
              coalesce(array_agg(log_offset ORDER BY at, event_id COLLATE "C") FILTER (WHERE section = 'consents'), '{}') AS consented
         FROM step
        GROUP BY subject_id),
listed AS (
       SELECT DISTINCT subject_id
         FROM holding
        WHERE purpose = %(list_purpose)s AND received_from IS NULL AND categories <> '{}')
SELECT s.partition,
       s.controller,
       s.subject_ref,
       c.objections,
       c.objected,
       substr(sha256(uuid_send(s.subject_id) || 'not on the list'::bytea), 1, 16) AS line
  FROM choice c
  JOIN subject s USING (subject_id)
  LEFT JOIN listed l USING (subject_id)
 WHERE l.subject_id IS NULL AND s.controller = ANY(%(controllers)s::text[]) AND c.objections = ANY(%(objections)s::text[])
   AND (s.controller COLLATE "C", substr(sha256(uuid_send(s.subject_id) || 'not on the list'::bytea), 1, 16)) > (%(after_controller)s, %(after_id)s)
 ORDER BY s.controller COLLATE "C", line
 LIMIT %(limit)s;

-- people_of_disclosures --
-- Of whom a recipient got something for which he must ask, also when it is gone there. In the words of the index holding_disclosed.
SELECT DISTINCT subject_id
  FROM holding
 WHERE received_from IS NOT NULL
   AND (role IN ('court', 'debt_collector', 'government', 'law_enforcement', 'trademark_claimant') OR purpose = 'ledger:LegalDisclosure')
   AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 ORDER BY subject_id;

-- waiting_alike --
-- Numbers of what waits under a rule for its term to start, by which the index holding_alike finds it. Reads the tally alone.
SELECT DISTINCT
       hash_record_extended(ROW(controller, holder, role, activity, country, purpose, categories, rule, NOT has_date), 0) AS alike
  FROM held_tally
 WHERE NOT has_date AND rule IS NOT NULL AND (%(controller)s::text IS NULL OR controller = %(controller)s);

-- terms_of_holdings --
-- How far the terms of what is held are: waiting for an anchor, coming due, held back after its date, called for.
-- Of what waits under some rules: what it could be the end of that it waits for, and what tells whether the person was a customer. What that means
-- is core's: here stand the steps, with numbers for moments and references, so that people of whom the same happened are one line.
WITH entry AS MATERIALIZED (
       SELECT subject_id,
              section,
              entry::jsonb AS told
         FROM subject_entry
        WHERE section IN ('milestones', 'customer_before', 'consents')),
ending AS (  -- of everything that ends, by its reference: whether it goes on
       SELECT m.subject_id,
              m.ref,
              p.ending,
              coalesce(max(m.at) FILTER (WHERE m.kind = p.starting) > max(m.at) FILTER (WHERE m.kind = p.ending), bool_or(m.kind = p.starting))
                  AS runs
         FROM (SELECT subject_id,
                      told ->> 0 AS kind,
                      told ->> 1 AS ref,
                      (told ->> 2)::bigint AS at
                 FROM entry
                WHERE section = 'milestones') m
         JOIN unnest(%(endings)s::text[], %(startings)s::text[]) AS p (ending, starting) ON m.kind IN (p.ending, p.starting)
        GROUP BY m.subject_id, m.ref, p.ending),
of_ref AS (
       SELECT subject_id,
              ref,
              array_agg(ending || CASE WHEN runs THEN ' RUNS' ELSE ' ENDED' END ORDER BY ending) AS states
         FROM ending
        GROUP BY subject_id, ref),
of_subject AS (
       SELECT subject_id,
              array_agg(ending || CASE WHEN runs THEN ' RUNS' ELSE ' ENDED' END ORDER BY ending) AS states
         FROM (SELECT subject_id,
                      ending,
                      bool_or(runs) AS runs
                 FROM ending
                GROUP BY subject_id, ending) AS one
        GROUP BY subject_id),
customer_of AS (  -- steps in order of happening, and their moments; a step has numbers for its reference and its moment
       SELECT subject_id,
              array_agg(at ORDER BY at) AS ats,
              array_agg(json_build_array(kind, ref_number, at_number)::text ORDER BY at, kind, ref_number) AS steps
         FROM (SELECT subject_id,
                      told ->> 0 AS kind,
                      (told ->> 2)::bigint AS at,
                      dense_rank() OVER (PARTITION BY subject_id ORDER BY told ->> 1) AS ref_number,
                      dense_rank() OVER (PARTITION BY subject_id ORDER BY (told ->> 2)::bigint) AS at_number
                 FROM entry
                WHERE section IN ('milestones', 'customer_before') AND told ->> 0 = ANY(%(customer_kinds)s::text[])) AS step
        GROUP BY subject_id),
consent AS (  -- steps in order of happening, and for whom
       SELECT subject_id,
              told ->> 0 AS purpose,
              array_agg(told ->> 2 ORDER BY (told ->> 4)::bigint, (told ->> 3) COLLATE "C") AS recipients,
              array_agg(json_build_array(told ->> 0, told ->> 1, told ->> 2, told ->> 6)::text
                        ORDER BY (told ->> 4)::bigint, (told ->> 3) COLLATE "C") AS steps
         FROM entry
        WHERE section = 'consents'
        GROUP BY subject_id, told ->> 0),
consent_named AS (  -- the same of the purposes that rules name, together
       SELECT subject_id,
              array_agg(told ->> 2 ORDER BY (told ->> 4)::bigint, (told ->> 3) COLLATE "C") AS recipients,
              array_agg(json_build_array(told ->> 0, told ->> 1, told ->> 2, told ->> 6)::text
                        ORDER BY (told ->> 4)::bigint, (told ->> 3) COLLATE "C") AS steps
         FROM entry
        WHERE section = 'consents' AND told ->> 0 = ANY(%(consent_to)s::text[])
        GROUP BY subject_id)
SELECT partition,
       controller,
       holder = controller AS is_own,
       activity,
       role,
       purpose,
       categories,
       rule,
       starts_with(subject_ref, 'dataset-') AS is_dataset,
       states,
       states_of_ref,
       consents,
       customer,
       due_at IS NULL AS is_waiting,
       count(*) AS holdings,
       count(*) FILTER (WHERE categories <@ called) AS called_for,
       count(*) FILTER (WHERE held_back) AS held_back,
       (extract(epoch FROM min(due_at) FILTER (WHERE due_at > called_until AND NOT held_back AND (categories <@ called) IS NOT TRUE)) * 1000000)::bigint
           AS next_due_micros,
       (extract(epoch FROM min(due_at) FILTER (WHERE held_back)) * 1000000)::bigint AS held_back_since_micros,
       min(latest_offset) AS first_offset,
       max(latest_offset) AS latest_offset,
       min(subject_ref COLLATE "C") AS example
  FROM (SELECT h.*,
               c.categories AS called,
               called_until,
               CASE WHEN h.due_at IS NULL AND h.rule = ANY(%(ending_rules)s::text[]) THEN coalesce(s.states, '{}') END AS states,
               CASE WHEN h.due_at IS NULL AND h.rule = ANY(%(ending_rules)s::text[]) THEN coalesce(r.states, '{}') END AS states_of_ref,
               CASE WHEN h.due_at IS NOT NULL OR h.rule IS NULL OR h.rule <> ALL(%(consent_rules)s::text[]) THEN NULL
                    WHEN h.holder = h.controller THEN coalesce(array_to_string(own.steps || named.steps, ','), '')
                    ELSE (SELECT coalesce(string_agg(step, ',' ORDER BY place), '')
                            FROM unnest(own.steps || named.steps, own.recipients || named.recipients) WITH ORDINALITY AS u (step, recipient, place)
                           WHERE coalesce(recipient, h.holder) = h.holder)
               END AS consents,
               CASE WHEN h.due_at IS NULL AND h.rule = ANY(%(customer_rules)s::text[])
                    THEN coalesce(array_to_string(k.steps[1:width_bucket((extract(epoch FROM h.latest_at) * 1000000)::bigint, k.ats)], ','), '')
                    END AS customer
          FROM holding h
          JOIN reached USING (partition)
          LEFT JOIN called_for c ON c.subject_id = h.subject_id AND c.holding_id = h.holding_id
          LEFT JOIN of_subject s ON s.subject_id = h.subject_id
          LEFT JOIN customer_of k ON k.subject_id = h.subject_id
          LEFT JOIN consent own ON own.subject_id = h.subject_id AND own.purpose = h.purpose
          LEFT JOIN consent_named named ON named.subject_id = h.subject_id
          LEFT JOIN of_ref r ON r.subject_id = h.subject_id AND r.ref IS NOT DISTINCT FROM h.ref
         WHERE h.categories <> '{}'
           AND (NOT %(is_waiting)s
                OR h.due_at IS NULL AND h.rule IS NOT NULL
                   AND hash_record_extended(ROW(h.controller, h.holder, h.role, h.activity, h.country, h.purpose, h.categories, h.rule, h.due_at IS NULL), 0)
                       = ANY (%(alike)s::bigint[]))
           AND (%(controller)s::text IS NULL OR h.controller = %(controller)s)) AS one
 GROUP BY partition, controller, holder = controller, activity, role, purpose, categories, rule, starts_with(subject_ref, 'dataset-'), states,
          states_of_ref, consents, customer, due_at IS NULL;

-- past_due_tallied --
-- What was due before the day up to which all is called for: if it is not held back, all of it is called for. Reads the tally.
SELECT controller,
       holder,
       role,
       rule,
       sum(holdings)::bigint AS holdings
  FROM due_tally
  JOIN reached USING (partition)
 WHERE NOT held_back AND day < (called_until AT TIME ZONE 'Europe/Amsterdam')::date AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, role, rule;

-- past_due --
-- The same of that day alone, or of all days until then, from the rows of a partition.
SELECT controller,
       holder,
       activity,
       role,
       purpose,
       categories,
       rule,
       count(*) AS holdings
  FROM holding
 WHERE partition = %(partition)s AND due_at <= (SELECT called_until FROM reached WHERE partition = %(partition)s)
   AND due_at >= (SELECT CASE WHEN %(of_today)s THEN date_trunc('day', called_until, 'Europe/Amsterdam') ELSE '-infinity'::timestamptz END
                    FROM reached WHERE partition = %(partition)s)
   AND NOT held_back AND categories <> '{}' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, activity, role, purpose, categories, rule;

-- called_for_ahead --
-- What has its date ahead and is all called for: by requests, or by a tick that is still being worked off. A date that moves ahead ends what was
-- called for because of it. Reads what open erasures of these kinds are about.
SELECT controller,
       holder,
       activity,
       role,
       purpose,
       categories,
       rule,
       count(*) AS holdings
  FROM (SELECT h.controller, h.holder, h.activity, h.role, h.purpose, h.categories, h.rule
          FROM obligation o
          JOIN reached r ON r.partition = o.partition
          JOIN holding h
            ON h.subject_id = o.subject_id
           AND (h.holder, h.store, h.purpose, h.ref, h.received_from) IS NOT DISTINCT FROM (o.holder, o.store, o.purpose, o.ref, o.received_from)
         CROSS JOIN unnest(h.categories, h.category_evidence) AS held (category, place)
         WHERE o.kind = 'ERASE' AND o.state IN ('OPEN', 'OVERDUE') AND (o.request_ref IS NOT NULL OR o.due_at > r.called_until)
           AND h.due_at > r.called_until AND held.category = ANY (o.categories)
           AND (o.request_ref IS NULL OR h.evidence_at[held.place + 1] <= o.due_at)
           AND (%(controller)s::text IS NULL OR h.controller = %(controller)s)
         GROUP BY h.subject_id, h.holding_id, h.controller, h.holder, h.activity, h.role, h.purpose, h.categories, h.rule
        HAVING h.categories <@ array_agg(held.category)) AS one
 GROUP BY controller, holder, activity, role, purpose, categories, rule;

-- held_back_dated --
-- What is held back, added up.
SELECT controller,
       holder,
       activity,
       role,
       purpose,
       categories,
       rule,
       count(*) AS holdings,
       (extract(epoch FROM min(due_at)) * 1000000)::bigint AS since_micros
  FROM holding
 WHERE held_back AND categories <> '{}' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, activity, role, purpose, categories, rule;

-- erasures_unsettled --
-- What must be erased and is not yet, by rule; each person is one line first. rests_on: what one of them rests on.
SELECT controller,
       rule,
       state,
       partition,
       sum(obligations)::bigint AS obligations,
       count(*) AS subjects,
       (extract(epoch FROM min(due_at)) * 1000000)::bigint AS oldest_due_micros,
       (extract(epoch FROM min(overdue_at)) * 1000000)::bigint AS oldest_overdue_micros,
       min(rests_on) AS rests_on
  FROM (SELECT controller,
               rule,
               state,
               partition,
               count(*) AS obligations,
               min(due_at) AS due_at,
               min(overdue_at) AS overdue_at,
               min(rests_on) AS rests_on
          FROM obligation
         WHERE kind = 'ERASE' AND state IN ('OPEN', 'OVERDUE') AND (%(controller)s::text IS NULL OR controller = %(controller)s)
         GROUP BY subject_id, controller, rule, state, partition) AS one
 GROUP BY controller, rule, state, partition;

-- value_at --
-- The fact at one place.
SELECT value
  FROM fact
 WHERE partition = %(partition)s AND log_offset = %(offset)s;

-- events_at --
-- The ids of the events at some places of a partition.
SELECT log_offset,
       event_id
  FROM fact
 WHERE partition = %(partition)s AND log_offset = ANY(%(offsets)s::bigint[]);

-- facts_of_subjects --
-- The facts of some subjects that are of some types, in log order.
SELECT subject_id,
       partition,
       log_offset,
       value
  FROM fact
 WHERE subject_id = ANY(%(subject_ids)s) AND schema_id = ANY(%(schema_ids)s::int[])
 ORDER BY partition, log_offset;

-- obligations_of_subjects --
-- The obligations of some subjects, settled ones too.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE subject_id = ANY(%(subject_ids)s);

-- obligation_with_id --
-- One obligation by its id alone: its table is read from end to end, since nothing else asks so.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE obligation_id = %(obligation_id)s
 LIMIT 1;

-- people_of_request --
-- Who made a request: whoever something was called for because of it.
SELECT DISTINCT subject_ref
  FROM obligation
 WHERE controller = %(controller)s AND request_ref = %(request_ref)s
 ORDER BY subject_ref;

-- erasures_met --
-- Erasures that were called for and acknowledged, the latest first. partitions, firsts, befores: those met by facts within these places.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE state = 'MET' AND kind = 'ERASE' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
   AND (settled_at < %(after_at)s OR settled_at = %(after_at)s AND obligation_id > %(after_id)s)
   AND (%(partitions)s::int[] IS NULL
        OR EXISTS (SELECT FROM unnest(%(partitions)s::int[], %(firsts)s::bigint[], %(befores)s::bigint[]) AS w (number, first, before)
                    WHERE w.number = obligation.partition AND w.first <= obligation.settled_offset AND obligation.settled_offset < w.before))
 ORDER BY settled_at DESC, obligation_id
 LIMIT %(limit)s;

-- requests --
-- The requests of all subjects, the newest first; the open ones alone, the oldest first; those that were refused, the latest answer first.
-- Planned anew each time: with the wishes known, `place` and what is chosen are those of an index (request_newest, request_open, request_refused).
SELECT subject_id,
       partition,
       controller,
       subject_ref,
       request_ref,
       right_exercised,
       outcome,
       received,
       place,
       line
  FROM (SELECT *,
               coalesce(CASE WHEN %(is_refused)s THEN -answered WHEN %(is_open)s THEN received ELSE -received END, -4611686018427387904) AS place
          FROM request
         WHERE (%(controller)s::text IS NULL OR controller = %(controller)s) AND (NOT %(is_open)s OR is_open) AND (NOT %(is_refused)s OR is_refused)) AS asked
 WHERE (place, line) > (%(after_place)s, %(after_id)s)
 ORDER BY place, line
 LIMIT %(limit)s;

-- disclosures --
-- The disclosures of all subjects, the latest request or decision first.
SELECT *
  FROM (SELECT s.subject_id,
               s.partition,
               s.controller,
               s.subject_ref,
               d.disclosure_ref,
               max(d.told) AS told_micros,
               substr(sha256(uuid_send(s.subject_id) || convert_to(d.disclosure_ref, 'UTF8')), 1, 16) AS line
          FROM subject_entry e
          JOIN subject s ON s.subject_id = e.subject_id
         CROSS JOIN LATERAL (
               SELECT e.entry::jsonb ->> 0 AS disclosure_ref,
                      CASE e.section WHEN 'disclosures' THEN e.entry::jsonb ->> 2 ELSE e.entry::jsonb -> 1 ->> 0 END::bigint AS told) d
         WHERE e.section IN ('disclosures', 'disclosure_requests')
           AND (%(controller)s::text IS NULL OR s.controller = %(controller)s)
         GROUP BY s.subject_id, s.partition, s.controller, s.subject_ref, d.disclosure_ref) AS told
 WHERE (-told_micros, line) > (%(after_place)s, %(after_id)s)
 ORDER BY -told_micros, line
 LIMIT %(limit)s;

-- alike_at --
-- Numbers of what a holder has, by which the index holding_alike finds it. Reads the tally alone.
SELECT DISTINCT
       hash_record_extended(ROW(controller, holder, role, activity, country, purpose, categories, rule, NOT has_date), 0) AS alike
  FROM held_tally
 WHERE controller = %(controller)s AND holder = %(holder)s AND (%(store)s::text IS NULL OR store = %(store)s);

-- affected_counted --
-- How many people a breach concerns, and how many of them were told: those of whom something that is held now was there in the window.
WITH affected AS (
       SELECT DISTINCT h.subject_id
         FROM holding h
        WHERE h.controller = %(controller)s AND h.holder = %(holder)s AND (%(store)s::text IS NULL OR h.store = %(store)s)
          AND h.categories <> '{}' AND h.evidence_at[1] <= %(until)s AND (%(categories)s::text[] = '{}' OR h.categories && %(categories)s::text[])
          AND hash_record_extended(ROW(h.controller, h.holder, h.role, h.activity, h.country, h.purpose, h.categories, h.rule, h.due_at IS NULL), 0)
              = ANY (%(alike)s::bigint[])
          AND EXISTS (SELECT
                         FROM unnest(h.categories, h.category_evidence) AS c (category, place)
                        WHERE (%(categories)s::text[] = '{}' OR c.category = ANY(%(categories)s))
                          AND h.evidence_at[c.place + 1] <= %(until)s))
SELECT count(*) AS subjects,
       count(*) FILTER (WHERE n.entry IS NOT NULL) AS told
  FROM affected a
  LEFT JOIN subject_entry n ON n.subject_id = a.subject_id AND n.entry_id = %(notice_id)s;

-- affected_listed --
-- The same, one by one.
WITH affected AS (
       SELECT DISTINCT h.subject_id, h.partition, h.controller, h.subject_ref
         FROM holding h
        WHERE h.controller = %(controller)s AND h.holder = %(holder)s AND (%(store)s::text IS NULL OR h.store = %(store)s)
          AND h.categories <> '{}' AND h.evidence_at[1] <= %(until)s AND (%(categories)s::text[] = '{}' OR h.categories && %(categories)s::text[])
          AND hash_record_extended(ROW(h.controller, h.holder, h.role, h.activity, h.country, h.purpose, h.categories, h.rule, h.due_at IS NULL), 0)
              = ANY (%(alike)s::bigint[])
          AND EXISTS (SELECT
                         FROM unnest(h.categories, h.category_evidence) AS c (category, place)
                        WHERE (%(categories)s::text[] = '{}' OR c.category = ANY(%(categories)s))
                          AND h.evidence_at[c.place + 1] <= %(until)s))
SELECT a.subject_id,
       a.partition,
       a.controller,
       a.subject_ref,
       n.entry IS NOT NULL AS told,
       substr(sha256(uuid_send(a.subject_id) || convert_to(%(breach_ref)s, 'UTF8')), 1, 16) AS line
  FROM affected a
  LEFT JOIN subject_entry n ON n.subject_id = a.subject_id AND n.entry_id = %(notice_id)s
 WHERE substr(sha256(uuid_send(a.subject_id) || convert_to(%(breach_ref)s, 'UTF8')), 1, 16) > %(after_id)s
 ORDER BY line
 LIMIT %(limit)s;

-- affected_unsure --
-- Of whom only their own facts can tell whether a breach concerns them: what was there is gone since, or came back after the window.
SELECT DISTINCT h.subject_id,
       h.partition,
       h.controller,
       h.subject_ref,
       n.entry IS NOT NULL AS told
  FROM holding h
  LEFT JOIN subject_entry n ON n.subject_id = h.subject_id AND n.entry_id = %(notice_id)s
 WHERE h.controller = %(controller)s AND h.holder = %(holder)s AND (%(store)s::text IS NULL OR h.store = %(store)s)
   AND (h.categories = '{}'
        OR hash_record_extended(ROW(h.controller, h.holder, h.role, h.activity, h.country, h.purpose, h.categories, h.rule, h.due_at IS NULL), 0)
           = ANY (%(alike)s::bigint[]))
   AND (h.erased <> '{}'
        AND EXISTS (SELECT
                      FROM unnest(h.erased, h.erased_at) AS e (category, at)
                     WHERE (%(categories)s::text[] = '{}' OR e.category = ANY(%(categories)s)) AND e.at > %(since)s)
        OR (EXISTS (SELECT FROM subject_entry e WHERE e.subject_id = h.subject_id AND e.section = 'erasures') AND h.categories <> '{}'
            AND (%(categories)s::text[] = '{}' OR h.categories && %(categories)s::text[])))
   AND NOT EXISTS (SELECT
                     FROM holding o,
                          unnest(o.categories, o.category_evidence) AS c (category, place)
                    WHERE o.subject_id = h.subject_id AND o.holder = h.holder AND (%(store)s::text IS NULL OR o.store = %(store)s)
                      AND (%(categories)s::text[] = '{}' OR c.category = ANY(%(categories)s))
                      AND o.evidence_at[c.place + 1] <= %(until)s)
 ORDER BY h.subject_id;
