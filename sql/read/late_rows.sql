-- What do the late groups of these cubes say, over all days together? Imported ones where their days are all inside.
select c.name as cube, null::date as date, a.value, b.value as value2, s.n, s.seconds, s.imported
from (
  select cube, value, value2, sum(n)::bigint as n, sum(seconds)::bigint as seconds, false as imported
  from groups
  where
    site = $site
    and cube in (select number from cubes where list_contains($cubes, name))
    and day >= $begin
    and day < $end
    and late
  group by cube, value, value2
  union all
  select i.cube, i.value, i.value2, sum(i.n)::bigint, sum(i.seconds)::bigint, true
  from imported as i
  where
    i.site = $site
    and i.cube in (select number from cubes where list_contains($cubes, name))
    and i.begins >= $begin
    and i.ends <= $end
    and i.ends > i.begins + 1
    and not exists (select 1 from days as d where d.site = $site and d.day >= i.begins and d.day < i.ends)
  group by i.cube, i.value, i.value2
) as s
join cubes as c on c.number = s.cube
join names as a on a.number = s.value
join names as b on b.number = s.value2
order by c.name, a.value, b.value, s.imported;
