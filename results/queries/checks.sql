-- One row per check of the verification; for elements, got to relative are those of the worst one.
SELECT cell, name, kernel, label, preset, variant, backend, precision, maths, replica, state,
       verification.i AS i, what, kind, count, failed, worst_index,
       coalesce(worst_got, got) AS got, coalesce(worst_expected, expected) AS expected,
       coalesce(worst_bound, bound) AS bound, worst_ulp AS ulp, worst_relative AS relative, source
  FROM record
  JOIN verification USING (record_id)
 WHERE campaign_id = :campaign AND is_last
 ORDER BY failed > 0 DESC, kernel, label, preset, backend, variant, cell, verification.i
