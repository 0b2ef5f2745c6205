-- What `ledger reconcile` asks of the projections, a stretch of one partition at a time. Run with search_path set to their schema.

-- facts_between --
-- Rows of fact of a stretch: the value as its SHA-256.
SELECT log_offset, sha256(value), (extract(epoch FROM recorded_at) * 1000000)::bigint
  FROM fact WHERE partition = %(partition)s AND log_offset >= %(first)s AND log_offset < %(end)s;

-- ticks_between --
SELECT log_offset, register_offset, (extract(epoch FROM time) * 1000000)::bigint, (extract(epoch FROM recorded_at) * 1000000)::bigint
  FROM tick WHERE partition = %(partition)s AND log_offset >= %(first)s AND log_offset < %(end)s;

-- letters_between --
SELECT log_offset, decode(fingerprint, 'hex'), size
  FROM dead_letter WHERE topic = 'facts' AND partition = %(partition)s AND log_offset >= %(first)s AND log_offset < %(end)s;

-- known_events --
-- The offset of the fact that has an event id.
SELECT event_id, log_offset FROM fact WHERE partition = %(partition)s AND event_id = ANY(%(ids)s);

-- standing --
-- How far a partition is folded, and the last row of each table, all at one moment.
SELECT g.next_offset,
       greatest(
           (SELECT max(log_offset) FROM fact WHERE partition = %(partition)s), (SELECT max(log_offset) FROM tick WHERE partition = %(partition)s),
           (SELECT max(log_offset) FROM dead_letter WHERE topic = 'facts' AND partition = %(partition)s), -1)
  FROM progress g WHERE g.topic = 'facts' AND g.partition = %(partition)s;

-- outcomes_behind --
-- Stored outcomes behind a place, in the order of the outbox.
SELECT log_offset, subject_id, ordinal, topic, event_id, message_key, value
  FROM outcome
 WHERE partition = %(partition)s AND (log_offset, subject_id, ordinal) > (%(log_offset)s, %(subject_id)s, %(ordinal)s)
 ORDER BY log_offset, subject_id, ordinal
 LIMIT %(limit)s;

-- stored_values --
-- Which of these values the partition has stored: asked of a whole partition, and only when something strange stands on a topic.
SELECT DISTINCT sha256(value) FROM outcome WHERE partition = %(partition)s AND sha256(value) = ANY(%(hashes)s);
