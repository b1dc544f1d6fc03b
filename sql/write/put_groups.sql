-- Which groups does a release add? Sorted, so that their place says nothing of how they came.
insert into groups (site, cube, day, value, value2, n, seconds, late)
select $site, c.number, $day, a.number, b.number, r.n, r.seconds, r.late
from (
  select
    unnest($cubes::varchar[]) as cube,
    unnest($values::varchar[]) as value,
    unnest($values2::varchar[]) as value2,
    unnest($counts::bigint[]) as n,
    unnest($seconds::bigint[]) as seconds,
    unnest($lates::boolean[]) as late
) as r
join cubes as c on c.name = r.cube
join names as a on a.value = r.value
join names as b on b.value = r.value2
order by r.late, c.number, b.number, a.number;
