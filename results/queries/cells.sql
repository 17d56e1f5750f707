-- One row per cell: its last record, with everything that a table shows.
SELECT cell, name, job, attempt, kernel, label, preset, variant, backend, target, place, precision,
       maths, index_bits, seed, replica, parameters_json, tuning_json, state, reason, failure, emulated,
       started, wall_ns, median_ns, low_ns, high_ns, sample_count AS samples, turn_count AS turns,
       watched_turns, disturbed_turns, disturbed_by, ended, cold_ns, upload_ns, download_ns, flop, read_bytes, write_bytes, write_allocate_bytes,
       items, item, flop_per_s, bytes_per_s, items_per_s, json_extract(attainable_json, '$.fraction') AS attainable_fraction,
       json_extract(attainable_json, '$.binds') AS attainable_binds, json_extract(attainable_json, '$.note') AS attainable_note,
       attainable_reason, cached, compile_ns, placement,
       json_extract(device_json, '$.name') AS device, node.digest AS node, build.key AS build
  FROM record
  LEFT JOIN timing USING (record_id)
  LEFT JOIN node USING (node_id)
  LEFT JOIN build USING (build_id)
 WHERE campaign_id = :campaign AND is_last
 ORDER BY kernel, label, preset, parameters_json, precision, maths, backend, target, variant, place,
          replica, cell
