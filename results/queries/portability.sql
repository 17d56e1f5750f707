-- Performance portability (results/stats/portability.h) of each case and variant over the platforms of the campaign, by both
-- definitions of efficiency; that of the attainable is NULL where a platform has no bound. Platforms as in cascade.sql. The first
-- thousand.
WITH named AS (
  SELECT kernel, label, preset, parameters_json, precision, maths, variant, state, median_ns, device_json,
         json_extract(attainable_json, '$.fraction') AS fraction,
         replace(replace(name, ' ' || variant || ' ' || backend || iif(target = 'native', '', ' ' || target), ''),
                 ' #' || replica, '') AS "case",
         backend || iif(target = 'native', '', ' ' || target) || iif(min(place) OVER () <> max(place) OVER (), ' ' || place, '') AS platform
    FROM record
    LEFT JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last AND emulated IS NULL AND backend <> 'twin' AND state <> 'lost'),
platforms AS (SELECT DISTINCT platform FROM named WHERE device_json IS NOT NULL),
timed AS (
  SELECT "case", variant, platform, min(state = 'passed' AND median_ns > 0) AS ran, avg(median_ns) AS median_ns, avg(fraction) AS fraction
    FROM named
    JOIN platforms USING (platform)
   GROUP BY "case", variant, platform),
best AS (SELECT "case", platform, min(iif(ran, median_ns, NULL)) AS best_ns FROM timed GROUP BY "case", platform),
grid AS (
  SELECT "case", variants.variant, best.platform, coalesce(ran, 0) AS ran, best_ns / median_ns AS relative, fraction
    FROM (SELECT DISTINCT "case", variant FROM timed) AS variants
    JOIN best USING ("case")
    LEFT JOIN timed USING ("case", variant, platform))
SELECT "case", variant, count(*) AS platforms, sum(ran) AS supported,
       portability(iif(ran, relative, 0)) AS portability_by_best_time,
       iif(count(fraction) = sum(ran) AND sum(ran) > 0, portability(iif(ran, fraction, 0)), NULL) AS portability_by_attainable,
       coalesce(group_concat(iif(ran, NULL, platform)), '') AS not_on
  FROM grid
 GROUP BY "case", variant
 ORDER BY "case", variant
 LIMIT 1000
