-- How many of each unit are in groups of the whole site, by day; and with how many seconds? Late groups apart.
select g.site, g.day, c.name, g.late, sum(g.n)::bigint as n, sum(g.seconds)::bigint as seconds
from groups as g
join cubes as c on c.number = g.cube
where
  list_contains($sites::integer[], g.site) and g.day >= $begin and g.day < $end and starts_with(c.name, 'none.')
group by g.site, g.day, c.name, g.late
union all
select i.site, i.begins, c.name, false, sum(i.n)::bigint, sum(i.seconds)::bigint
from imported as i
join cubes as c on c.number = i.cube
where
  list_contains($sites::integer[], i.site) and i.begins >= $begin and i.ends <= $end and i.ends = i.begins + 1
  and starts_with(c.name, 'none.')
  and not exists (select 1 from days as d where d.site = i.site and d.day = i.begins)
group by i.site, i.begins, c.name
order by 1, 2, 3, 4;
