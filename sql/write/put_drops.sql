-- How many beacons did not become hits since the last publish, by reason?
insert into drops (site, day, time, reason, n)
select $site, $day, $time, unnest($reasons::varchar[]) as reason, unnest($counts::bigint[]) as n
order by reason;
