-- Each distinct environment: the variables that were taken away, those that were set, the seed of the inputs, how many cells.
SELECT (SELECT group_concat(value, ' ') FROM json_each(environment_json, '$.cleared')) AS cleared,
       (SELECT group_concat(key || '=' || value, ' ') FROM json_each(environment_json, '$.set')) AS "set",
       seed, count(*) AS cells
  FROM record
 WHERE campaign_id = :campaign AND is_last AND environment_json IS NOT NULL
 GROUP BY environment_json, seed
 ORDER BY 1, 2, 3
