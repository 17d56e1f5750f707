-- Each distinct build, and how many cells ran it.
SELECT kernel, label, backend, target, variant, precision, maths, compiler, flags, key,
       max(compile_ns) AS compile_ns, count(*) AS cells
  FROM record
  JOIN build USING (build_id)
 WHERE campaign_id = :campaign AND is_last
 GROUP BY build_id
 ORDER BY kernel, label, backend, target, variant, precision, maths, key
