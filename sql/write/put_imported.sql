-- What are the rows of an import?
insert into imported (import, site, cube, begins, ends, value, value2, n, seconds)
select $number, $site, c.number, r.begins, r.ends, a.number, b.number, r.n, r.seconds
from (
  select
    unnest($cubes::varchar[]) as cube,
    unnest($begins::date[]) as begins,
    unnest($ends::date[]) as ends,
    unnest($values::varchar[]) as value,
    unnest($values2::varchar[]) as value2,
    unnest($counts::bigint[]) as n,
    unnest($seconds::bigint[]) as seconds
) as r
join cubes as c on c.name = r.cube
join names as a on a.value = r.value
join names as b on b.value = r.value2
order by c.number, r.begins, b.number, a.number;
