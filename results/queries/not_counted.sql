-- Each source of counters that counted nothing, or refused events, with its reason, and of how many cells.
WITH told AS (
  SELECT json_extract(s.value, '$.source') AS source, NULL AS event, json_extract(s.value, '$.reason') AS reason
    FROM record, json_each(record.counters_json, '$.sources') AS s
   WHERE campaign_id = :campaign AND is_last AND json_extract(s.value, '$.state') <> 'read'
  UNION ALL
  SELECT json_extract(s.value, '$.source'), json_extract(r.value, '$.name'), json_extract(r.value, '$.reason')
    FROM record, json_each(record.counters_json, '$.sources') AS s, json_each(s.value, '$.refused') AS r
   WHERE campaign_id = :campaign AND is_last AND json_extract(s.value, '$.state') = 'read')
SELECT source, coalesce(event, 'all') AS event, reason, count(*) AS cells
  FROM told
 GROUP BY source, event, reason
 ORDER BY source, event IS NOT NULL, event, reason
