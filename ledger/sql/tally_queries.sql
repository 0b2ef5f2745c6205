-- The questions of the overviews. Read-only; they read tallies alone, never the rows that these count. Form as in queries.sql.
-- What is not asked about is added up here: only as many rows leave the database as an overview shows.

-- held --
-- Holdings in which something is held, by who, what for, where and what.
SELECT controller,
       holder,
       received_from,
       role,
       country,
       safeguard,
       purpose,
       categories,
       sum(holdings)::bigint AS holdings
  FROM held_tally
 WHERE categories <> '{}' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, received_from, role, country, safeguard, purpose, categories;

-- mixes --
-- All that is or was held, as `mixes` of report_queries.sql adds it up, but for when and on which facts: no tally knows that.
SELECT controller,
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
       sum(holdings)::bigint AS holdings
  FROM held_tally
 WHERE %(controller)s::text IS NULL OR controller = %(controller)s
 GROUP BY controller, holder, received_from, role, activity, store, country, safeguard, agreement, purpose, legal_basis, statute, rule, categories, erased;

-- holders --
-- What each holder has or had, by role, country and mix of categories.
SELECT controller,
       holder,
       role,
       country,
       categories,
       sum(holdings)::bigint AS holdings
  FROM held_tally
 WHERE %(controller)s::text IS NULL OR controller = %(controller)s
 GROUP BY controller, holder, role, country, categories;

-- people --
-- About how many people something is held: at all, by each holder, and in each country. A subject lives in one partition: theirs may be added.
SELECT controller,
       level,
       holder,
       role,
       is_shared,
       country,
       safeguard,
       sum(subjects)::bigint AS subjects
  FROM people_tally
 WHERE level <> 'PART' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, level, holder, role, is_shared, country, safeguard;

-- people_of_parts --
-- About how many people somebody has something of an activity that shared it with nobody, and the recipients of each role have something.
SELECT controller,
       NOT is_shared AS is_own,
       CASE WHEN is_shared THEN role ELSE activity END AS name,
       sum(subjects)::bigint AS subjects
  FROM people_tally
 WHERE level = 'PART' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, is_shared, role, activity;

-- without_date --
-- Holdings of which it is not known when they must be gone; without a rule, no rule covers them.
SELECT controller,
       holder,
       role,
       purpose,
       rule,
       sum(holdings)::bigint AS holdings
  FROM held_tally
 WHERE NOT has_date AND categories <> '{}' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, role, purpose, rule;

-- dated --
-- Holdings of which it is known when they must be gone.
SELECT controller,
       holder,
       activity,
       role,
       purpose,
       categories,
       rule,
       sum(holdings)::bigint AS holdings
  FROM held_tally
 WHERE has_date AND categories <> '{}' AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, activity, role, purpose, categories, rule;

-- coming --
-- Holdings with a date from one day up to another, by day.
SELECT controller,
       day,
       sum(holdings)::bigint AS holdings
  FROM due_tally
 WHERE NOT held_back AND day >= %(since)s AND day <= %(until)s AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, day;

-- coming_by_rule --
-- The same, by who has them and by which rule they go.
SELECT controller,
       holder,
       rule,
       min(day) AS first,
       sum(holdings)::bigint AS holdings
  FROM due_tally
 WHERE NOT held_back AND day >= %(since)s AND day <= %(until)s AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, rule;

-- held_back --
-- Holdings whose date has come and of which not everything is called for.
SELECT controller,
       holder,
       rule,
       min(day) AS oldest,
       sum(holdings)::bigint AS holdings
  FROM due_tally
 WHERE held_back AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, rule;

-- unsettled --
-- Erasures that are called for and not done, by the days since they were due.
SELECT controller,
       holder,
       rule,
       state,
       CASE WHEN day <= %(today)s::date - 90 THEN '90+' WHEN day <= %(today)s::date - 30 THEN '30-89' WHEN day <= %(today)s::date - 7 THEN '7-29' ELSE '0-6' END
           AS age,
       min(day) AS oldest,
       sum(obligations)::bigint AS obligations
  FROM obligation_tally
 WHERE kind = 'ERASE' AND state IN ('OPEN', 'OVERDUE') AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, rule, state, age;

-- other_duties --
-- What must be done beside erasing and is not done yet, by kind.
SELECT controller,
       kind,
       holder,
       state,
       min(day) AS oldest,
       sum(obligations)::bigint AS obligations
  FROM obligation_tally
 WHERE kind <> 'ERASE' AND state IN ('OPEN', 'OVERDUE') AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, kind, holder, state;

-- unsettled_of_holders --
-- What holders must do with what they have and have not done; other obligations are about no holding.
SELECT controller,
       holder,
       state,
       sum(obligations)::bigint AS obligations
  FROM obligation_tally
 WHERE kind IN ('ERASE', 'RECTIFY') AND state IN ('OPEN', 'OVERDUE') AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, state;

-- settled --
-- Erasures that were done or are called for no more, by month.
SELECT controller,
       holder,
       state,
       reason,
       date_trunc('month', day)::date AS month,
       sum(obligations)::bigint AS obligations
  FROM obligation_tally
 WHERE kind = 'ERASE' AND state IN ('MET', 'CANCELLED') AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, state, reason, date_trunc('month', day)::date;

-- settled_by_rule --
-- The same of all months, by rule; of those done how late.
SELECT controller,
       holder,
       rule,
       state,
       reason,
       lateness,
       sum(obligations)::bigint AS obligations
  FROM obligation_tally
 WHERE kind = 'ERASE' AND state IN ('MET', 'CANCELLED') AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, holder, rule, state, reason, lateness;

-- shared --
-- Shares by month and by the country that they name, and how many of them somebody else than the controller gave.
SELECT controller,
       recipient,
       role,
       country,
       month,
       sum(shares)::bigint AS shares,
       (sum(shares) FILTER (WHERE giver <> controller))::bigint AS onward
  FROM share_tally
 WHERE month >= %(since)s AND month <= %(until)s AND (%(controller)s::text IS NULL OR controller = %(controller)s)
 GROUP BY controller, recipient, role, country, month;

-- first_shared --
-- The first month in which something was shared.
SELECT min(month)
  FROM share_tally
 WHERE %(controller)s::text IS NULL OR controller = %(controller)s;

-- broken --
-- Broken promises by month.
SELECT controller,
       promise,
       rule,
       severity,
       month,
       sum(violations)::bigint AS violations
  FROM violation_tally
 WHERE %(controller)s::text IS NULL OR controller = %(controller)s
 GROUP BY controller, promise, rule, severity, month;
