-- The portable code's rate over the vendor library's, for the same case, backend, target and place (1: equal).
-- Only verified cells; replicas of a cell by their mean.
WITH measured AS (
  SELECT min(cell) AS cell, min(name) AS name, kernel, label, preset, parameters_json, precision, maths, backend, target, place, variant,
         avg(median_ns) AS median_ns, avg(flop_per_s) AS flop_per_s
    FROM record
    JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND median_ns > 0
   GROUP BY kernel, label, preset, parameters_json, precision, maths, backend, target, place, variant)
SELECT p.cell, replace(p.name, ' portable', '') AS name, p.kernel, p.label, p.preset, p.precision, p.maths, p.parameters_json, p.backend, p.target,
       p.place, p.kernel || CASE WHEN p.label <> '' THEN '/' || p.label ELSE '' END AS "case",
       v.variant AS vendor, p.median_ns AS portable_ns, v.median_ns AS vendor_ns,
       p.flop_per_s AS portable_flop_per_s, v.flop_per_s AS vendor_flop_per_s,
       v.median_ns / p.median_ns AS relative
  FROM measured AS p
  JOIN measured AS v
    ON (v.kernel, v.label, v.preset, v.parameters_json, v.precision, v.maths, v.backend, v.target, v.place)
     = (p.kernel, p.label, p.preset, p.parameters_json, p.precision, p.maths, p.backend, p.target, p.place)
 WHERE p.variant = 'portable' AND v.variant = 'vendor'
 ORDER BY p.kernel, p.label, p.preset, p.parameters_json, p.precision, p.maths, p.backend, p.target,
          p.place
