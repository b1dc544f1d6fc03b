-- What do the groups of these cubes say, day by day? Late groups left out; imported days only where there are no own.
select c.name as cube, s.day as date, a.value, b.value as value2, s.n, s.seconds, s.imported
from (
  select cube, day, value, value2, sum(n)::bigint as n, sum(seconds)::bigint as seconds, false as imported
  from groups
  where
    site = $site
    and cube in (select number from cubes where list_contains($cubes, name))
    and day >= $begin
    and day < $end
    and not late
  group by cube, day, value, value2
  union all
  select cube, begins, value, value2, n, seconds, true
  from imported
  where
    site = $site
    and cube in (select number from cubes where list_contains($cubes, name))
    and begins >= $begin
    and ends <= $end
    and ends = begins + 1
    and begins not in (select day from days where site = $site)
) as s
join cubes as c on c.number = s.cube
join names as a on a.number = s.value
join names as b on b.number = s.value2
order by c.name, s.day, a.value, b.value;
