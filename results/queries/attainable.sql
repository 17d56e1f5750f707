-- Percent of what is attainable (results/bound/attainable.h) by kernel, backend and variant: the harmonic mean over its timed
-- cells, the least and the most, what binds, and how many are above their bound, which says that a count or a peak is wrong.
SELECT kernel, backend || iif(target = 'native', '', ' ' || target) AS backend, variant, count(*) AS cells,
       100 * portability(fraction) AS percent_of_attainable, 100 * min(fraction) AS least_percent,
       100 * max(fraction) AS most_percent, group_concat(DISTINCT binds) AS bound_by,
       sum(fraction > 1) AS above_bound
  FROM (SELECT kernel, backend, target, variant, json_extract(attainable_json, '$.fraction') AS fraction,
               json_extract(attainable_json, '$.binds') AS binds
          FROM record
         WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND attainable_json IS NOT NULL
         ORDER BY kernel, label, preset, cell)
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
