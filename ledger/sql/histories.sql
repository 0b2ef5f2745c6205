-- Whole histories, subject after subject: for questions that judge or fold again what is known of everybody (adapters/postgres_histories.py).
-- Read-only; unqualified names are those of the live projections (search_path). Form as in queries.sql.

-- facts_by_subject --
-- Every fact, subject after subject. Read through a cursor of the server; ids of subjects are hashes, so their order says nothing about anybody.
SELECT partition,
       subject_id,
       log_offset,
       value
  FROM fact
 WHERE subject_id IS NOT NULL
 ORDER BY subject_id, log_offset;

-- ticks_of_partition --
-- Every tick of a partition before a place on the log. Read through a cursor of the server.
SELECT log_offset,
       (extract(epoch FROM time) * 1000000)::bigint AS time_micros
  FROM tick
 WHERE partition = %(partition)s AND log_offset < %(before)s
 ORDER BY log_offset;

-- violations_of_subjects --
-- All violations found about some subjects.
SELECT partition, log_offset, ordinal, event_id, subject_id, controller, subject_ref, promise, rule, severity, holder, purpose,
       categories, rests_on
  FROM violation
 WHERE subject_id = ANY(%(subject_ids)s)
 ORDER BY partition, log_offset, subject_id, ordinal;

-- states_of_subjects --
-- What belongs to each of them as a whole.
SELECT subject_id, partition, controller, subject_ref, state
  FROM subject
 WHERE subject_id = ANY(%(subject_ids)s);

-- entries_of_subjects --
-- The entries of the state of some subjects.
SELECT subject_id, entry_id, partition, section, entry
  FROM subject_entry
 WHERE subject_id = ANY(%(subject_ids)s);

-- holdings_of_subjects --
-- All holdings of some subjects, in the order in which the projector loads them.
SELECT subject_id, holding_id, partition, controller, subject_ref, holder, store, purpose, ref, received_from,
       categories, category_evidence, evidence_at, evidence_event, evidence_offset, erased, erased_at,
       latest_at, latest_event, latest_offset, activity, role, legal_basis, statute, country, safeguard, agreement, product,
       due_at, rule, anchor_event, anchor_offset, held_back
  FROM holding
 WHERE subject_id = ANY(%(subject_ids)s)
 ORDER BY subject_id, holding_id;

-- places_of_subjects --
-- Whose each fact of some subjects is, and what names it.
SELECT partition, log_offset, subject_id, event_id, schema_id
  FROM fact
 WHERE subject_id = ANY(%(subject_ids)s);

-- subjects_behind --
-- Of whom a partition has anything, in the order of their ids: some of them, behind an id.
SELECT subject_id
  FROM ((SELECT DISTINCT subject_id FROM fact WHERE partition = %(partition)s AND subject_id > %(after)s ORDER BY subject_id LIMIT %(limit)s)
        UNION
        (SELECT DISTINCT subject_id FROM holding WHERE partition = %(partition)s AND subject_id > %(after)s ORDER BY subject_id LIMIT %(limit)s)
        UNION
        (SELECT subject_id FROM subject WHERE partition = %(partition)s AND subject_id > %(after)s ORDER BY subject_id LIMIT %(limit)s)
        UNION
        (SELECT DISTINCT subject_id FROM subject_entry WHERE partition = %(partition)s AND subject_id > %(after)s ORDER BY subject_id LIMIT %(limit)s)
        UNION
        (SELECT DISTINCT subject_id FROM obligation WHERE partition = %(partition)s AND subject_id > %(after)s ORDER BY subject_id LIMIT %(limit)s)
        UNION
        (SELECT DISTINCT subject_id FROM violation WHERE partition = %(partition)s AND subject_id > %(after)s ORDER BY subject_id LIMIT %(limit)s)
       ) AS found
 ORDER BY subject_id
 LIMIT %(limit)s;

-- unsettled_of_subjects --
-- The obligations of some subjects that are not settled.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE subject_id = ANY(%(subject_ids)s) AND state IN ('OPEN', 'OVERDUE')
 ORDER BY subject_id, obligation_id;

-- stored_log --
-- A partition as it was folded, up to a place on the log: facts, copies of the register, and ticks (no value). Read through a cursor of the server.
SELECT log_offset,
       (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_micros,
       value,
       -1::bigint AS register_offset,
       0::bigint AS time_micros
  FROM fact
 WHERE partition = %(partition)s AND log_offset < %(before)s
 UNION ALL
SELECT log_offset,
       (extract(epoch FROM recorded_at) * 1000000)::bigint,
       NULL,
       register_offset,
       (extract(epoch FROM time) * 1000000)::bigint
  FROM tick
 WHERE partition = %(partition)s AND log_offset < %(before)s
 ORDER BY log_offset;

-- stored_log_of_subjects --
-- The same with the facts of some subjects alone; a query of its own, since a condition for both would read the whole partition.
SELECT log_offset,
       (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_micros,
       value,
       -1::bigint AS register_offset,
       0::bigint AS time_micros
  FROM fact
 WHERE partition = %(partition)s AND log_offset < %(before)s AND subject_id = ANY(%(subject_ids)s)
 UNION ALL
SELECT log_offset,
       (extract(epoch FROM recorded_at) * 1000000)::bigint,
       value,
       -1,
       0
  FROM fact
 WHERE partition = %(partition)s AND log_offset < %(before)s AND subject_id IS NULL
 UNION ALL
SELECT log_offset,
       (extract(epoch FROM recorded_at) * 1000000)::bigint,
       NULL,
       register_offset,
       (extract(epoch FROM time) * 1000000)::bigint
  FROM tick
 WHERE partition = %(partition)s AND log_offset < %(before)s
 ORDER BY log_offset;
