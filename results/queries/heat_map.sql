-- Every case by backend (and variant, target, place where they differ from the usual): the rate over the best one's of the
-- same case (1: the best). The case is the cell's name without those. A cell that did not pass has no rate; its state says why. Replicas count by their mean.
WITH named AS (
  SELECT cell, state, median_ns,
         replace(replace(name, ' ' || variant || ' ' || backend || iif(target = 'native', '', ' ' || target), ''),
                 ' #' || replica, '') AS "case",
         backend || iif(variant = 'portable', '', ' ' || variant) || iif(target = 'native', '', ' ' || target)
           || iif(min(place) OVER () <> max(place) OVER (), ' ' || place, '') AS "column"
    FROM record
    LEFT JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last),
squares AS (
  SELECT min(cell) AS cell, "case", "column",
         iif(sum(state = 'passed') = count(*), 'passed', max(iif(state = 'passed', '', state))) AS state,
         iif(sum(state = 'passed') = count(*), avg(median_ns), NULL) AS median_ns
    FROM named
   GROUP BY "case", "column")
SELECT cell, state, "case", "column", median_ns / 1e6 AS median_ms,
       min(median_ns) OVER (PARTITION BY "case") / median_ns AS relative
  FROM squares
 ORDER BY "case", "column"
