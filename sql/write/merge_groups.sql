-- What do the day's groups come to, cell by cell?
create temp table merged_groups as
select cube, value, value2, sum(n)::bigint as n, sum(seconds)::bigint as seconds, late
from groups
where site = $site and day = $day
group by all;
