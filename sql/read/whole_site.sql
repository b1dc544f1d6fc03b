-- How many of each unit are in groups of the whole site, by day; and with how many seconds? Late groups apart.
select site, day, cube, late, sum(n)::bigint as n, sum(seconds)::bigint as seconds
from groups
where list_contains($sites::integer[], site) and day >= $begin and day < $end and starts_with(cube, 'none.')
group by site, day, cube, late
order by site, day, cube, late;
