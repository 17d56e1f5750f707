-- Per verified cell: arithmetic intensity (flop per byte that must move) and the rates that it reached.
SELECT cell, name, kernel, backend, flop / (read_bytes + write_bytes) AS intensity,
       flop_per_s / 1e9 AS gflop_per_s, bytes_per_s / 1e9 AS gbyte_per_s
  FROM record
 WHERE campaign_id = :campaign AND is_last AND state = 'passed' AND flop > 0 AND flop_per_s > 0
 ORDER BY name, cell
