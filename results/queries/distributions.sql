-- Per verified cell, the ordered samples as deviation from its median in percent. So that a page of any campaign stays
-- light, a cell with many samples gives evenly spaced ones of that order, the least and the most among them: as many
-- as 20,000 shared by all cells allow, from 9 to 400.
WITH timed AS MATERIALIZED (
  SELECT record_id, cell, name, kernel, backend, variant, sample_count, median_ns, turns_json,
         max(9, min(400, 20000 / count(*) OVER ())) AS most
    FROM record
    JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND median_ns > 0 AND sample_count > 0),
ranked AS (
  SELECT record_id, 100 * (sample.value / median_ns - 1) AS deviation, most, sample_count AS n,
         row_number() OVER (PARTITION BY record_id ORDER BY sample.value) - 1 AS rank
    FROM timed, json_each(turns_json) AS turn, json_each(turn.value) AS sample),
kept AS (
  SELECT record_id, json_group_array(round(deviation, 3)) AS deviations
    FROM (SELECT * FROM ranked
           WHERE n <= most OR rank = 0 OR rank * (most - 1) / (n - 1) > (rank - 1) * (most - 1) / (n - 1)
           ORDER BY record_id, rank)
   GROUP BY record_id)
SELECT cell, name, kernel, backend, variant, sample_count AS samples, median_ns / 1e6 AS median_ms,
       deviations AS deviation_json
  FROM timed
  JOIN kept USING (record_id)
 ORDER BY name, cell
