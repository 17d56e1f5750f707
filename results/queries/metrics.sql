-- One row per metric of each cell's counters. over_expected: the value over what the kernel's own formulas let expect.
SELECT cell, name, kernel || CASE WHEN label <> '' THEN '/' || label ELSE '' END || '@' || preset AS "case", backend, variant, target,
       m.key AS metric, json_extract(m.value, '$.value') AS value, json_extract(m.value, '$.unit') AS unit,
       json_extract(m.value, '$.over_expected') AS over_expected, json_extract(m.value, '$.source') AS source,
       json_extract(m.value, '$.tags') AS counts
  FROM record, json_each(record.counters_json, '$.metrics') AS m
 WHERE campaign_id = :campaign AND is_last AND counters_json IS NOT NULL
 ORDER BY kernel, label, preset, backend, variant, cell, m.id
