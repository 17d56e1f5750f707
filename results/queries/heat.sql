-- Portable code, kernel by backend: each backend's rate over the best backend's for the same case (1: the best).
-- Only verified cells; replicas of a cell by their mean.
WITH measured AS (
  SELECT kernel, label, preset, parameters_json, precision, maths, backend, target, place,
         avg(median_ns) AS median_ns, avg(flop_per_s) AS flop_per_s, avg(bytes_per_s) AS bytes_per_s,
         avg(items_per_s) AS items_per_s, max(item) AS item
    FROM record
    JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND variant = 'portable'
     AND median_ns > 0
   GROUP BY kernel, label, preset, parameters_json, precision, maths, backend, target, place)
SELECT kernel, label, preset, precision, maths, parameters_json, backend, target, place,
       kernel || CASE WHEN label <> '' THEN '/' || label ELSE '' END AS "case",
       median_ns, flop_per_s, bytes_per_s, items_per_s, item,
       min(median_ns) OVER (PARTITION BY kernel, label, preset, parameters_json, precision, maths)
         / median_ns AS relative
  FROM measured
 ORDER BY kernel, label, preset, parameters_json, precision, maths, backend, target, place
