-- Put back the merged groups of the day, sorted: what is alike side by side takes a third less disk.
insert into groups (site, cube, day, value, value2, n, seconds, late)
select $site, cube, $day, value, value2, n, seconds, late
from merged_groups
order by late, cube, value2, value;
