-- The questions that are asked of the projections. Read-only; unqualified names are those of the live projections (search_path).
-- Each query has a name, a sentence, and parameters %(name)s. Instants go in and come out as microseconds since 1970 where a name ends in _micros.

-- holdings_of_subject --
-- All holdings of one subject: one look-up in the primary key.
SELECT subject_id, holding_id, partition, controller, subject_ref, holder, store, purpose, ref, received_from,
       categories, category_evidence, evidence_at, evidence_event, evidence_offset, erased, erased_at,
       latest_at, latest_event, latest_offset, activity, role, legal_basis, statute, country, safeguard, agreement, product,
       due_at, rule, anchor_event, anchor_offset, held_back
  FROM holding
 WHERE subject_id = %(subject_id)s;

-- state_of_subject --
-- What belongs to the subject as a whole.
SELECT subject_id, partition, controller, subject_ref, state
  FROM subject
 WHERE subject_id = %(subject_id)s;

-- entries_of_subject --
-- What is neither a holding nor an obligation: consents, milestones, requests, erasures.
SELECT subject_id, entry_id, partition, section, entry
  FROM subject_entry
 WHERE subject_id = %(subject_id)s;

-- obligations_of_subject --
-- All obligations of one subject, settled ones too.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE subject_id = %(subject_id)s;

-- violations_of_subject --
-- All violations found about one subject.
SELECT partition, log_offset, ordinal, event_id, subject_id, controller, subject_ref, promise, rule, severity, holder, purpose,
       categories, rests_on
  FROM violation
 WHERE subject_id = %(subject_id)s
 ORDER BY log_offset, ordinal;

-- offsets_of_events --
-- Where events stand that a row names by id alone.
SELECT event_id,
       log_offset
  FROM fact
 WHERE partition = %(partition)s AND event_id = ANY(%(event_ids)s);

-- history_of_subject --
-- The facts of one subject, as they stand on the log.
SELECT log_offset,
       value
  FROM fact
 WHERE subject_id = %(subject_id)s AND partition = %(partition)s AND log_offset < %(before)s
 ORDER BY log_offset;

-- newest_register_copy --
-- Whether the rules of a partition have changed since they were read.
SELECT log_offset
  FROM fact
 WHERE partition = %(partition)s AND subject_id IS NULL
 ORDER BY log_offset DESC
 LIMIT 1;

-- register_copies --
-- The register events of a partition, ticks left out: what judges its facts.
SELECT log_offset,
       value
  FROM fact
 WHERE partition = %(partition)s AND subject_id IS NULL AND log_offset > %(after)s AND log_offset < %(before)s
 ORDER BY log_offset;

-- time_before --
-- The last tick before a place on the log.
SELECT (extract(epoch FROM time) * 1000000)::bigint AS time_micros
  FROM tick
 WHERE partition = %(partition)s AND log_offset < %(before)s
 ORDER BY log_offset DESC
 LIMIT 1;

-- recorded_from --
-- The first record from a place on the log on that is a fact, a register copy or a tick, and when the broker wrote it.
SELECT log_offset,
       (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_micros
  FROM ((SELECT log_offset, recorded_at FROM fact WHERE partition = %(partition)s AND log_offset >= %(first)s ORDER BY log_offset LIMIT 1)
         UNION ALL
        (SELECT log_offset, recorded_at FROM tick WHERE partition = %(partition)s AND log_offset >= %(first)s ORDER BY log_offset LIMIT 1)) AS found
 ORDER BY log_offset
 LIMIT 1;

-- first_tick_at --
-- The first tick between two places on the log that reached a time; along the log, time never goes back.
SELECT log_offset,
       (extract(epoch FROM time) * 1000000)::bigint AS time_micros
  FROM tick
 WHERE partition = %(partition)s AND time >= %(time)s AND log_offset > %(after)s AND log_offset < %(before)s
 ORDER BY time, log_offset
 LIMIT 1;

-- progress --
-- How far each partition is folded, and the first register event that is not folded into all it concerns.
SELECT partition,
       next_offset,
       (extract(epoch FROM time_reached) * 1000000)::bigint AS time_reached_micros,
       pending_offset
  FROM progress
 WHERE topic = 'facts'
 ORDER BY partition;

-- subjects_without_key --
-- Everybody of whose key the log says that it is destroyed. Reads the table `subject`.
SELECT controller, subject_ref FROM subject WHERE state::jsonb -> 'key_destroyed' IS NOT NULL ORDER BY controller, subject_ref

-- identity --
-- Real or simulated, and how many partitions `facts` has.
SELECT mode,
       partitions
  FROM ledger.identity;

-- holders --
-- What each holder has, by country and mix of categories: a report over all holdings, read once from end to end.
SELECT holder,
       role,
       country,
       h.categories,
       count(*) AS holdings,
       (extract(epoch FROM min(evidence_at[1])) * 1000000)::bigint AS oldest_since_micros,
       (extract(epoch FROM min(due_at) FILTER (WHERE held_back OR due_at > called_until AND (h.categories <@ c.categories) IS NOT TRUE))
           * 1000000)::bigint AS next_due_micros,
       partition,
       min(latest_offset) AS first_offset,
       max(latest_offset) AS latest_offset
  FROM holding h
  JOIN reached USING (partition)
  LEFT JOIN called_for c ON c.subject_id = h.subject_id AND c.holding_id = h.holding_id
 WHERE h.categories <> '{}' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY partition, holder, role, country, h.categories;

-- subjects_of_holders --
-- About how many people each holder has something.
SELECT holder,
       role,
       count(DISTINCT subject_id) AS subjects
  FROM holding
 WHERE categories <> '{}' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY holder, role;

-- unsettled_of_holders --
-- How many obligations each holder has not settled.
SELECT o.holder,
       h.role,
       o.state,
       count(*) AS obligations
  FROM obligation o
  JOIN holding h ON h.subject_id = o.subject_id
   AND (h.holder, h.store, h.purpose, h.ref, h.received_from) IS NOT DISTINCT FROM (o.holder, o.store, o.purpose, o.ref, o.received_from)
 WHERE o.state IN ('OPEN', 'OVERDUE') AND (%(controller)s::text IS NULL OR o.controller = %(controller)s)
 GROUP BY o.holder, h.role, o.state;

-- coming_due --
-- Holdings whose date comes before a moment and that are not called for yet; earliest first, one partition. Goes on behind a line of the list.
-- While a tick is worked off, some are called for and some are not: every one from the tick before on is asked.
WITH found AS (
(SELECT *, substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16) AS line
   FROM holding
  WHERE partition = %(partition)s AND held_back AND due_at >= %(after_at)s AND due_at <= %(until)s
    AND (due_at > %(after_at)s OR substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16) > %(after_id)s)
    AND (%(controller)s::text IS NULL OR controller = %(controller)s)
  ORDER BY due_at, line LIMIT %(limit)s)
 UNION ALL
(SELECT h.*, substr(sha256(uuid_send(h.subject_id) || uuid_send(h.holding_id)), 1, 16) AS line
   FROM holding h
  WHERE partition = %(partition)s AND due_at > (SELECT called_until FROM reached WHERE partition = %(partition)s) AND due_at <= %(until)s AND NOT held_back
    AND due_at >= %(after_at)s
    AND (due_at > %(after_at)s OR substr(sha256(uuid_send(h.subject_id) || uuid_send(h.holding_id)), 1, 16) > %(after_id)s)
    AND (%(controller)s::text IS NULL OR controller = %(controller)s)
    AND NOT categories <@ COALESCE((SELECT c.categories FROM called_for c WHERE c.subject_id = h.subject_id AND c.holding_id = h.holding_id), '{}')
  ORDER BY due_at, line LIMIT %(limit)s)
)
SELECT (extract(epoch FROM due_at) * 1000000)::bigint AS due_at_micros,
       controller,
       subject_ref,
       holder,
       store,
       purpose,
       ref,
       categories,
       rule,
       latest_event,
       latest_offset,
       anchor_event,
       anchor_offset,
       line
  FROM found
 ORDER BY found.due_at, line
 LIMIT %(limit)s;

-- obligations_by_state --
-- Obligations in one state, earliest due first.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE state = %(state)s AND due_at >= %(after_at)s AND due_at <= %(until)s
   AND (due_at > %(after_at)s OR obligation_id > %(after_id)s)
   AND (%(holder)s::text IS NULL OR holder = %(holder)s)
   AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 ORDER BY due_at, obligation_id
 LIMIT %(limit)s;

-- every_holding --
-- All holdings, gone ones too, in the order of the key of the table; for a cursor.
SELECT subject_id, holding_id, partition, controller, subject_ref, holder, store, purpose, ref, received_from,
       categories, category_evidence, evidence_at, evidence_event, evidence_offset, erased, erased_at,
       latest_at, latest_event, latest_offset, activity, role, legal_basis, statute, country, safeguard, agreement, product,
       due_at, rule, anchor_event, anchor_offset, held_back
  FROM holding
 WHERE %(controller)s::text IS NULL OR controller = %(controller)s
 ORDER BY subject_id, holding_id;

-- every_obligation --
-- All obligations in any state, in the order of the key of the table; for a cursor.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE %(controller)s::text IS NULL OR controller = %(controller)s
 ORDER BY subject_id, obligation_id;

-- violations_counted --
-- Broken promises between two places of a partition, by promise and rule; of each the facts that the first and the latest rest on.
-- Each person is one line first: that needs no sort, and the events of the first and the latest are looked up by key.
SELECT c.controller,
       c.promise,
       c.rule,
       c.severity,
       c.violations,
       c.subjects,
       c.latest_offset,
       (SELECT coalesce(v.rests_on[1], v.event_id)
          FROM violation v
         WHERE v.partition = %(partition)s AND v.log_offset = c.first_offset
           AND (v.controller, v.promise, v.rule, v.severity) = (c.controller, c.promise, c.rule, c.severity)
         ORDER BY v.subject_id, v.ordinal
         LIMIT 1) AS first_event,
       (SELECT coalesce(v.rests_on[1], v.event_id)
          FROM violation v
         WHERE v.partition = %(partition)s AND v.log_offset = c.latest_offset
           AND (v.controller, v.promise, v.rule, v.severity) = (c.controller, c.promise, c.rule, c.severity)
         ORDER BY v.subject_id DESC, v.ordinal DESC
         LIMIT 1) AS latest_event
  FROM (SELECT controller,
               promise,
               rule,
               severity,
               sum(violations)::bigint AS violations,
               count(*) AS subjects,
               min(first_offset) AS first_offset,
               max(latest_offset) AS latest_offset
          FROM (SELECT controller,
                       promise,
                       rule,
                       severity,
                       count(*) AS violations,
                       min(log_offset) AS first_offset,
                       max(log_offset) AS latest_offset
                  FROM violation
                 WHERE partition = %(partition)s AND log_offset >= %(first)s AND log_offset < %(before)s
                   AND (%(controller)s::text IS NULL OR controller = %(controller)s)
                   AND (%(promise)s::text IS NULL OR promise = %(promise)s)
                 GROUP BY controller, promise, rule, severity, subject_id) AS of_one
         GROUP BY controller, promise, rule, severity) AS c;

-- violations_tallied --
-- The same of whole partitions, from the tally; the events by key.
SELECT t.partition,
       t.controller,
       t.promise,
       t.rule,
       t.severity,
       t.violations,
       t.subjects,
       t.latest_offset,
       (SELECT coalesce(v.rests_on[1], v.event_id)
          FROM violation v
         WHERE v.partition = t.partition AND v.log_offset = t.first_offset
           AND (v.controller, v.promise, v.rule, v.severity) = (t.controller, t.promise, t.rule, t.severity)
         ORDER BY v.subject_id, v.ordinal
         LIMIT 1) AS first_event,
       (SELECT coalesce(v.rests_on[1], v.event_id)
          FROM violation v
         WHERE v.partition = t.partition AND v.log_offset = t.latest_offset
           AND (v.controller, v.promise, v.rule, v.severity) = (t.controller, t.promise, t.rule, t.severity)
         ORDER BY v.subject_id DESC, v.ordinal DESC
         LIMIT 1) AS latest_event
  FROM promise_tally t
 WHERE (%(controller)s::text IS NULL OR t.controller = %(controller)s) AND (%(promise)s::text IS NULL OR t.promise = %(promise)s)
 ORDER BY t.partition;

-- violations_listed --
-- Broken promises between two places of a partition, newest first, each with the fact that broke it (a tick is none) and the ledger's time there.
SELECT v.partition, v.log_offset, v.ordinal, v.event_id, v.subject_id, v.controller, v.subject_ref, v.promise, v.rule, v.severity, v.holder, v.purpose,
       v.categories, v.rests_on,
       f.value,
       (extract(epoch FROM t.time) * 1000000)::bigint AS time_micros,
       v.line
  FROM (SELECT *
          FROM (SELECT *, substr(sha256(uuid_send(subject_id) || int8send(log_offset)), 1, 16) AS line FROM violation) AS told
         WHERE partition = %(partition)s AND log_offset >= %(first)s AND log_offset < %(before)s
           AND (%(controller)s::text IS NULL OR controller = %(controller)s)
           AND (%(promise)s::text IS NULL OR promise = %(promise)s)
           AND (log_offset < %(after_offset)s OR line > %(after_id)s OR line = %(after_id)s AND ordinal < %(after_ordinal)s)
         ORDER BY log_offset DESC, line, ordinal DESC
         LIMIT %(limit)s) AS v
  LEFT JOIN fact f ON f.partition = v.partition AND f.log_offset = v.log_offset
  LEFT JOIN LATERAL (
       SELECT time
         FROM tick
        WHERE partition = v.partition AND log_offset <= v.log_offset
        ORDER BY log_offset DESC
        LIMIT 1) t ON true
 ORDER BY v.log_offset DESC, v.line, v.ordinal DESC;
