-- How many pageviews and visits does a publish add?
insert into totals (site, day, time, pageviews, visits)
values ($site, $day, $time, $pageviews, $visits);
