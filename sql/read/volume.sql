-- How many rows has each cube on each day, late groups left out?
select c.name, g.day, count(*) as rows
from (
  select cube, day from groups where site = $site and day >= $begin and day < $end and not late
  union all
  select cube, begins
  from imported
  where
    site = $site and begins >= $begin and ends <= $end and ends = begins + 1
    and begins not in (select day from days where site = $site)
) as g
join cubes as c on c.number = g.cube
group by c.name, g.day
order by c.name, g.day;
