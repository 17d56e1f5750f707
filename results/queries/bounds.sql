-- Per check, its error over its bound: NULL where the error is no number (NaN, infinity), or the bound is 0 and was missed.
WITH checked AS (
  SELECT cell, name, what, failed, verification.i AS i,
         coalesce(worst_got, got) AS got, coalesce(worst_expected, expected) AS expected,
         coalesce(worst_bound, bound) AS bound
    FROM record
    JOIN verification USING (record_id)
   WHERE campaign_id = :campaign AND is_last)
SELECT cell, name, what, failed,
       CASE WHEN typeof(got) = 'text' OR typeof(expected) = 'text' THEN NULL
            WHEN got = expected THEN 0.0
            WHEN bound > 0 THEN abs(got - expected) / bound END AS used
  FROM checked
 ORDER BY name, cell, i
