-- Put back the day's drops by the hour.
insert into drops (site, day, time, reason, n)
select $site, $day, hour, reason, n
from merged_drops
order by hour, reason;
