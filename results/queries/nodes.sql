-- Each node as the records have it, and how many cells ran there. A column called "_json" is merged into the row.
SELECT node_json AS _json, count(*) AS cells
  FROM record
  JOIN node USING (node_id)
 WHERE campaign_id = :campaign AND is_last
 GROUP BY node_id
 ORDER BY node.digest
