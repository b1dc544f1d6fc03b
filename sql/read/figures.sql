-- What are each day's settings, exact totals and estimate of visitors?
select d.site, d.day, d.k, d.totals, d.source, t.pageviews, t.visits, v.estimate
from days as d
left join (
  select site, day, sum(pageviews)::bigint as pageviews, sum(visits)::bigint as visits
  from totals
  where list_contains($sites::integer[], site) and day >= $begin and day < $end
  group by site, day
) as t on t.site = d.site and t.day = d.day
left join visitors as v on v.site = d.site and v.day = d.day
where list_contains($sites::integer[], d.site) and d.day >= $begin and d.day < $end
order by d.site, d.day;
