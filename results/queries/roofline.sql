-- Points and roofs of rooflines, a panel for each backend, target, device and precision. Points: the timed cells that compute.
-- Roofs: a line for each level that some cell's bytes come from, bandwidth × intensity up to the highest flop rate, and on
-- from there level: two ends and the ridge. Peaks are the highest that the records name.
WITH timed AS (
  SELECT cell, name, kernel, backend || iif(target = 'native', '', ' ' || target) || ' ' || precision
           || iif(min(json_extract(device_json, '$.name')) OVER (PARTITION BY backend) <>
                  max(json_extract(device_json, '$.name')) OVER (PARTITION BY backend), ', ' || json_extract(device_json, '$.name'), '') AS panel,
         flop / (read_bytes + write_bytes) AS intensity, flop / median_ns AS gflop_per_s,
         100 * json_extract(attainable_json, '$.fraction') AS percent, json_extract(attainable_json, '$.binds') AS binds, attainable_json
    FROM record
    JOIN timing USING (record_id)
   WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND attainable_json IS NOT NULL
     AND flop > 0 AND read_bytes + write_bytes > 0 AND median_ns > 0),
roofs AS (
  SELECT panel, json_extract(r.value, '$.name') AS roof, json_extract(r.value, '$.unit') AS unit,
         max(json_extract(r.value, '$.peak')) / 1e9 AS peak
    FROM timed, json_each(timed.attainable_json, '$.roofs') AS r
   WHERE json_extract(r.value, '$.unit') <> 'ns'
   GROUP BY 1, 2),
tops AS (SELECT panel, max(peak) AS top FROM roofs WHERE unit = 'flop/s' GROUP BY panel),
spans AS (SELECT min(least, ridge / 4) AS least, max(most, ridge * 4) AS most, panel FROM (
  SELECT panel, min(intensity) / 2 AS least, max(intensity) * 2 AS most,
         (SELECT max(top / peak) FROM roofs JOIN tops USING (panel) WHERE unit = 'B/s' AND roofs.panel = timed.panel) AS ridge
    FROM timed GROUP BY panel)),
ends AS (
  SELECT panel, roof, peak, top, x FROM (
    SELECT panel, roof, peak, top, least AS x FROM roofs JOIN tops USING (panel) JOIN spans USING (panel) WHERE unit = 'B/s'
    UNION ALL SELECT panel, roof, peak, top, top / peak FROM roofs JOIN tops USING (panel) WHERE unit = 'B/s'
    UNION ALL SELECT panel, roof, peak, top, most FROM roofs JOIN tops USING (panel) JOIN spans USING (panel) WHERE unit = 'B/s'))
SELECT 'point' AS kind, cell, name, kernel, panel, NULL AS roof, NULL AS peak, intensity, gflop_per_s, percent, binds
  FROM timed
UNION ALL
SELECT 'roof', NULL, NULL, NULL, panel, roof, peak, x, min(x * peak, top), NULL, NULL
  FROM ends
 ORDER BY kind, panel, name, cell, roof, intensity
