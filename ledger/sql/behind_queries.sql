-- The single ones behind the numbers of the overviews. Read-only; form as in queries.sql. What is asked differs from time to time, so these are planned
-- anew each time.

-- alike_behind --
-- Numbers of what is alike and fits, by which the index holding_alike finds it. Reads the tally alone.
SELECT DISTINCT
       hash_record_extended(ROW(controller, holder, role, activity, country, purpose, categories, rule, NOT has_date), 0) AS alike
  FROM held_tally
 WHERE (%(controller)s::text IS NULL OR controller = %(controller)s)
   AND (%(holder)s::text IS NULL OR holder = %(holder)s)
   AND (%(role)s::text IS NULL OR role IS NOT DISTINCT FROM NULLIF(%(role)s::text, '-'))
   AND (%(activity)s::text IS NULL OR activity IS NOT DISTINCT FROM NULLIF(%(activity)s::text, '-'))
   AND (%(giver)s::text IS NULL OR received_from = %(giver)s)
   AND (%(country)s::text IS NULL OR country IS NOT DISTINCT FROM NULLIF(%(country)s::text, '-'))
   AND (%(category)s::text IS NULL OR categories @> ARRAY[%(category)s::text])
   AND (%(purpose)s::text IS NULL OR purpose = %(purpose)s)
   AND (%(rule)s::text IS NULL OR rule IS NOT DISTINCT FROM NULLIF(%(rule)s::text, '-'))
   AND (NOT %(is_without_date)s OR NOT has_date);

-- without_rule --
-- What no rule covers, alike holdings added up, and some of each: the first by their part, then by the id of the line. number: of what is alike.
WITH alike AS MATERIALIZED (
       SELECT row_number() OVER () AS number,
              controller,
              holder,
              role,
              activity,
              country,
              purpose,
              categories,
              sum(holdings)::bigint AS holdings
         FROM held_tally
        WHERE rule IS NULL AND (%(controller)s::text IS NULL OR controller = %(controller)s)
        GROUP BY controller, holder, role, activity, country, purpose, categories)
SELECT a.number,
       a.controller,
       a.activity,
       a.role,
       a.purpose,
       a.categories,
       a.holdings,
       h.part,
       h.line,
       h.subject_ref,
       h.partition,
       h.latest_offset,
       h.latest_event
  FROM alike a
 CROSS JOIN LATERAL (
       SELECT get_byte(uuid_send(subject_id), 0) AS part,
              substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16) AS line,
              subject_ref,
              partition,
              latest_offset,
              latest_event
         FROM holding
        WHERE categories <> '{}'
          AND hash_record_extended(ROW(controller, holder, role, activity, country, purpose, categories, rule, due_at IS NULL), 0)
              = hash_record_extended(ROW(a.controller, a.holder, a.role, a.activity, a.country, a.purpose, a.categories, NULL::text, true), 0)
        ORDER BY get_byte(uuid_send(subject_id), 0), substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16)
        LIMIT %(limit)s) h;

-- holdings_behind --
-- Holdings in which something is held, of the people in some parts: by the first byte of the person's key, then by the id of the line. What has the
-- number is asked once more itself: the number does not tell everything apart.
SELECT subject_id, holding_id, partition, controller, subject_ref, holder, store, purpose, ref, received_from,
       categories, category_evidence, evidence_at, evidence_event, evidence_offset, erased, erased_at,
       latest_at, latest_event, latest_offset, activity, role, legal_basis, statute, country, safeguard, agreement, product,
       due_at, rule, anchor_event, anchor_offset, held_back
  FROM holding
 WHERE categories <> '{}'
   AND hash_record_extended(ROW(controller, holder, role, activity, country, purpose, categories, rule, due_at IS NULL), 0)
       = ANY (%(alike)s::bigint[])
   AND get_byte(uuid_send(subject_id), 0) >= %(first_part)s AND get_byte(uuid_send(subject_id), 0) <= %(last_part)s
   AND (get_byte(uuid_send(subject_id), 0) > %(after_part)s
        OR substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16) > %(after_id)s)
   AND (%(controller)s::text IS NULL OR controller = %(controller)s)
   AND (%(holder)s::text IS NULL OR holder = %(holder)s)
   AND (%(role)s::text IS NULL OR role IS NOT DISTINCT FROM NULLIF(%(role)s::text, '-'))
   AND (%(activity)s::text IS NULL OR activity IS NOT DISTINCT FROM NULLIF(%(activity)s::text, '-'))
   AND (%(giver)s::text IS NULL OR received_from = %(giver)s)
   AND (%(country)s::text IS NULL OR country IS NOT DISTINCT FROM NULLIF(%(country)s::text, '-'))
   AND (%(category)s::text IS NULL OR categories @> ARRAY[%(category)s::text])
   AND (%(purpose)s::text IS NULL OR purpose = %(purpose)s)
   AND (%(rule)s::text IS NULL OR rule IS NOT DISTINCT FROM NULLIF(%(rule)s::text, '-'))
   AND (NOT %(is_without_date)s OR due_at IS NULL)
 ORDER BY get_byte(uuid_send(subject_id), 0), substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16)
 LIMIT %(limit)s;

-- holdings_dated --
-- Holdings of one partition with a date, the earliest first: those that come due, or those held back.
SELECT subject_id, holding_id, partition, controller, subject_ref, holder, store, purpose, ref, received_from,
       categories, category_evidence, evidence_at, evidence_event, evidence_offset, erased, erased_at,
       latest_at, latest_event, latest_offset, activity, role, legal_basis, statute, country, safeguard, agreement, product,
       due_at, rule, anchor_event, anchor_offset, held_back
  FROM holding
 WHERE partition = %(partition)s AND due_at >= %(since)s AND due_at < %(until)s AND held_back = %(is_held_back)s
   AND due_at >= %(after_at)s AND (due_at > %(after_at)s OR substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16) > %(after_id)s)
   AND categories <> '{}'
   AND (%(controller)s::text IS NULL OR controller = %(controller)s)
   AND (%(holder)s::text IS NULL OR holder = %(holder)s)
   AND (%(rule)s::text IS NULL OR rule IS NOT DISTINCT FROM NULLIF(%(rule)s::text, '-'))
 ORDER BY due_at, substr(sha256(uuid_send(subject_id) || uuid_send(holding_id)), 1, 16)
 LIMIT %(limit)s;

-- erasures_behind --
-- Obligations to erase in one state, the earliest due first.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE kind = 'ERASE' AND state = %(state)s
   AND due_at >= %(after_at)s AND (due_at > %(after_at)s OR obligation_id > %(after_id)s)
   AND (%(controller)s::text IS NULL OR controller = %(controller)s)
   AND (%(holder)s::text IS NULL OR holder = %(holder)s)
   AND (%(rule)s::text IS NULL OR rule = %(rule)s)
   AND (%(reason)s::text IS NULL OR reason = %(reason)s)
   AND (%(is_in_time)s::bool IS NULL OR (settled_at < overdue_at) = %(is_in_time)s)
   AND (%(days_least)s::int IS NULL
        OR (settled_at AT TIME ZONE 'Europe/Amsterdam')::date - (due_at AT TIME ZONE 'Europe/Amsterdam')::date >= %(days_least)s)
   AND (%(days_most)s::int IS NULL
        OR (settled_at AT TIME ZONE 'Europe/Amsterdam')::date - (due_at AT TIME ZONE 'Europe/Amsterdam')::date <= %(days_most)s)
   AND (CASE WHEN state IN ('MET', 'CANCELLED') THEN settled_at ELSE due_at END) >= %(since)s
   AND (CASE WHEN state IN ('MET', 'CANCELLED') THEN settled_at ELSE due_at END) < %(until)s
 ORDER BY due_at, obligation_id
 LIMIT %(limit)s;

-- obligations_of_kind --
-- Obligations of one kind in one state, the earliest due first. What is no erasure has an index of its own.
SELECT obligation_id, subject_id, partition, controller, subject_ref, kind, holder, store, purpose, ref, received_from,
       categories, due_at, overdue_at, rule, state, raised_at, raised_offset, rests_on, request_ref,
       settled_at, settled_offset, settled_event, certificate_ref, reason, about
  FROM obligation
 WHERE kind = %(kind)s AND state = %(state)s
   AND due_at >= %(after_at)s AND (due_at > %(after_at)s OR obligation_id > %(after_id)s)
   AND (%(holder)s::text IS NULL OR holder = %(holder)s)
   AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 ORDER BY due_at, obligation_id
 LIMIT %(limit)s;

-- shares_behind --
-- The shares of one partition that were between two moments, behind a place of the log. The id is that of the one schema of DataShared: an index has it.
SELECT log_offset,
       value
  FROM fact
 WHERE partition = %(partition)s AND schema_id = 1002
   AND ledger.share_moment(value) >= %(since_micros)s AND ledger.share_moment(value) < %(until_micros)s
   AND log_offset > %(after)s
 ORDER BY log_offset
 LIMIT %(limit)s;
