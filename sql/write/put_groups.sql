-- Which groups does a release add? Sorted, so that their place says nothing of how they came.
insert into groups (site, cube, day, value, value2, n, seconds, late)
select $site, row.cube, $day, row.value, row.value2, row.n, row.seconds, row.late
from (
  select
    unnest($cubes::varchar[]) as cube,
    unnest($values::varchar[]) as value,
    unnest($values2::varchar[]) as value2,
    unnest($counts::bigint[]) as n,
    unnest($seconds::bigint[]) as seconds,
    unnest($lates::boolean[]) as late
) as row
order by all;
