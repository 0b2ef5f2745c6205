-- What those who watch ask every few seconds. By index, or of tables that stay small; each reads a bounded number of rows.
-- Run with search_path set to the schema of the projections.

-- dead_letters_open --
-- Dead letters by reason that were not emitted again.
SELECT reason, count(*)
  FROM (SELECT d.reason
          FROM dead_letter d
          LEFT JOIN ledger.dead_letter_retry r USING (topic, partition, log_offset)
         WHERE r.new_offset IS NULL
         LIMIT 10000) AS bounded
 GROUP BY reason;

-- overdue --
-- Duties past their time, by kind.
SELECT kind, count(*) FROM (SELECT kind FROM obligation WHERE state = 'OVERDUE' LIMIT 100000) AS bounded GROUP BY kind;

-- seals --
-- (seconds since the newest round that sealed something, records of facts in seals), no row where nothing was ever sealed.
SELECT extract(epoch FROM clock_timestamp())::float8 - (s.state ->> 'at')::float8 / 1000,
       (SELECT coalesce(sum(f.size - 1), 0)::bigint FROM ledger.log_head f WHERE f.state IS NULL AND f.origin LIKE '%%/facts/%%')
  FROM ledger.log_head s
 WHERE s.state ->> 'at' IS NOT NULL AND s.origin NOT LIKE '%%/seals/next';

-- checks --
-- (check, seconds since it ended, whether it was good).
SELECT name, extract(epoch FROM clock_timestamp() - checked_at)::float8, result = 'good' FROM ledger.check_done;

-- mismatches --
-- Where log and database differ, by kind.
SELECT kind, count(*) FROM ledger.reconcile_mismatch GROUP BY kind;

-- sources --
-- The sources heard last, and how many there are.
SELECT source, extract(epoch FROM latest_at)::float8, (SELECT count(*) FROM ledger.source_heard)
  FROM ledger.source_heard
 ORDER BY latest_at DESC
 LIMIT %(limit)s;

-- progress --
-- Where each partition of facts stands.
SELECT partition, next_offset, coalesce(jsonb_array_length(pending_steps::jsonb), 0) FROM progress WHERE topic = 'facts';
