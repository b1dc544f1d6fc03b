-- How many of each unit are in groups of the whole site, by day; and with how many seconds? Late groups apart.
select g.site, g.day, c.name, g.late, sum(g.n)::bigint as n, sum(g.seconds)::bigint as seconds
from groups as g
join cubes as c on c.number = g.cube
where
  list_contains($sites::integer[], g.site) and g.day >= $begin and g.day < $end and starts_with(c.name, 'none.')
group by g.site, g.day, c.name, g.late
order by g.site, g.day, c.name, g.late;
