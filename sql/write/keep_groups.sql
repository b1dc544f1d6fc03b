-- Put back the day's merged groups, sorted.
insert into groups (site, cube, day, value, value2, n, seconds, late)
select $site, cube, $day, value, value2, n, seconds, late
from merged_groups
order by cube, value, value2, late;
