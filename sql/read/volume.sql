-- How many rows has each cube on each day? Late groups, which have no day, are counted before they are summed.
select c.name, g.day, count(*) as rows
from (
  select cube, case when late then null else day end as day
  from groups
  where site = $site and day >= $begin and day < $end
  union all
  select cube, case when ends = begins + 1 then begins end
  from imported
  where site = $site and begins >= $begin and ends <= $end and begins not in (select day from days where site = $site)
) as g
join cubes as c on c.number = g.cube
group by c.name, g.day
order by c.name, g.day;
