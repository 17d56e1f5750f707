-- Cascades (Sewall, Pennycook, Jacobsen, Deakin, McIntosh-Smith, P3HPC 2020): of each case and variant, and by both definitions
-- of efficiency, the platforms from the most to the least efficient one, and performance portability over the first so many
-- of them (results/stats/portability.h). A platform is a backend with its target and place of which some cell met a device;
-- where this variant did not pass it is 0. The first 12 cases.
WITH named AS (
  SELECT dense_rank() OVER (ORDER BY kernel, label, preset, parameters_json, precision, maths) AS number, cell, variant, state, median_ns, device_json,
         json_extract(attainable_json, '$.fraction') AS fraction,
         replace(replace(name, ' ' || variant || ' ' || backend || iif(target = 'native', '', ' ' || target), ''),
                 ' #' || replica, '') AS "case",
         backend || iif(target = 'native', '', ' ' || target) || iif(min(place) OVER () <> max(place) OVER (), ' ' || place, '') AS platform
    FROM record
    LEFT JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last AND emulated IS NULL AND backend <> 'twin' AND state <> 'lost'),
platforms AS (SELECT DISTINCT platform FROM named WHERE device_json IS NOT NULL),
timed AS (
  SELECT number, "case", variant, platform, min(cell) AS cell, min(state = 'passed' AND median_ns > 0) AS ran, avg(median_ns) AS median_ns, avg(fraction) AS fraction
    FROM named
    JOIN platforms USING (platform)
   WHERE number <= 12
   GROUP BY number, "case", variant, platform),
best AS (SELECT "case", platform, min(iif(ran, median_ns, NULL)) AS best_ns FROM timed GROUP BY "case", platform),
grid AS (
  SELECT number, "case", variants.variant, best.platform, timed.cell, coalesce(ran, 0) AS ran, best_ns / median_ns AS relative, fraction
    FROM (SELECT DISTINCT number, "case", variant FROM timed) AS variants
    JOIN best USING ("case")
    LEFT JOIN timed USING (number, "case", variant, platform)),
efficiencies AS (
  SELECT 'of the best time' AS definition, number, "case", variant, platform, cell, iif(ran, relative, 0) AS efficiency FROM grid
  UNION ALL
  SELECT 'of the attainable', number, "case", variant, platform, cell, iif(ran, fraction, 0) FROM grid
   WHERE (number, variant) IN (SELECT number, variant FROM grid GROUP BY number, variant HAVING count(fraction) = sum(ran) AND sum(ran) > 0))
SELECT coalesce(cell, min(cell) OVER (PARTITION BY number, variant)) AS cell, "case", variant, definition, platform, efficiency,
       row_number() OVER ranked AS place, portability(efficiency) OVER ranked AS portability
  FROM efficiencies
WINDOW ranked AS (PARTITION BY number, variant, definition ORDER BY efficiency DESC, platform ROWS UNBOUNDED PRECEDING)
 ORDER BY number, variant, definition, place
