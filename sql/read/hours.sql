-- How many pageviews and visits in each hour of each day? A publish counts in the hour of the middle of its interval.
select
  case when d.merged then t.time else
    d.begins + to_milliseconds(
      (epoch_ms(greatest(d.begins, least(t.time - to_milliseconds(d.publish_seconds * 500), d.ends - to_milliseconds(1))))
        - epoch_ms(d.begins)) // 3600000 * 3600000
    )
  end as hour,
  sum(t.pageviews)::bigint as pageviews,
  sum(t.visits)::bigint as visits
from totals as t
join days as d on d.site = t.site and d.day = t.day
where t.site = $site and t.day >= $begin and t.day < $end
group by hour
order by hour;
