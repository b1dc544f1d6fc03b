-- Put back the day's totals by the hour.
insert into totals (site, day, time, pageviews, visits)
select $site, $day, hour, pageviews, visits
from merged_totals
order by hour;
