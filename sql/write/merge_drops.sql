-- How many beacons did not become hits in each hour of the day, by reason? A publish counts in the hour of the middle of its interval.
create temp table merged_drops as
select
  d.begins + to_milliseconds(
    (epoch_ms(greatest(d.begins, least(t.time - to_milliseconds(d.publish_seconds * 500), d.ends - to_milliseconds(1))))
      - epoch_ms(d.begins)) // 3600000 * 3600000
  ) as hour,
  t.reason, sum(t.n)::bigint as n
from drops as t
join days as d on d.site = t.site and d.day = t.day
where t.site = $site and t.day = $day
group by all;
