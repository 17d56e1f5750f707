-- Per verified cell, the ordered samples as deviation from its median in percent. So that a page of any campaign stays
-- light, a cell with many samples gives evenly spaced ones of that order, the least and the most among them: as many
-- as 20,000 shared by all cells allow, from 9 to 400.
WITH timed AS MATERIALIZED (
  SELECT record_id, cell, name, backend, sample_count, median_ns, turns_json,
         max(9, min(400, 20000 / count(*) OVER ())) AS most
    FROM record
    JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND median_ns > 0 AND sample_count > 0)
SELECT cell, name, backend, sample_count AS samples, median_ns / 1e6 AS median_ms,
       (SELECT json_group_array(round(100 * (time_ns / median_ns - 1), 3))
          FROM (SELECT sample.value AS time_ns, row_number() OVER (ORDER BY sample.value) - 1 AS rank
                  FROM json_each(turns_json) AS turn, json_each(turn.value) AS sample)
         WHERE sample_count <= most OR rank = 0
            OR rank * (most - 1) / (sample_count - 1) > (rank - 1) * (most - 1) / (sample_count - 1)) AS deviation_json
  FROM timed
 ORDER BY name, cell
