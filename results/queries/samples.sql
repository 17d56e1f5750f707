-- Every sample that was timed, in the order it was taken: turn and i count from 0, i within its turn.
SELECT cell, name, kernel, label, preset, variant, backend, precision, maths, replica, state,
       turn.key AS turn, sample.key AS i, sample.value AS time_ns,
       sample.value / median_ns AS relative
  FROM record
  JOIN timing USING (record_id),
       json_each(turns_json) AS turn,
       json_each(turn.value) AS sample
 WHERE campaign_id = :campaign AND is_last
 ORDER BY kernel, label, preset, backend, variant, cell, turn.key, sample.key
