-- Each distinct device with its driver, how the work was placed on it, and how many cells ran so.
SELECT backend, json_extract(device_json, '$.name') AS device, json_extract(device_json, '$.vendor') AS vendor,
       json_extract(device_json, '$.driver') AS driver, json_extract(device_json, '$.target') AS target,
       json_extract(device_json, '$.cores') AS cores, placement, count(*) AS cells
  FROM record
 WHERE campaign_id = :campaign AND is_last AND device_json IS NOT NULL
 GROUP BY 1, 2, 3, 4, 5, 6, 7
 ORDER BY 1, 2, 3, 4, 5, 6, 7
