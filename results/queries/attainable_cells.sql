-- Each timed cell's percent of what is attainable, and what binds it.
SELECT cell, name, kernel || ' ' || variant || ' ' || backend || iif(target = 'native', '', ' ' || target) AS "row", backend,
       100 * json_extract(attainable_json, '$.fraction') AS percent, json_extract(attainable_json, '$.binds') AS binds
  FROM record
 WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND attainable_json IS NOT NULL
 ORDER BY "row", name, cell
