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
union all
select i.site, i.day, i.k, 'exact', 'import', i.pageviews, i.visits, i.visitors
from imported_days as i
where
  list_contains($sites::integer[], i.site) and i.day >= $begin and i.day < $end
  and not exists (select 1 from days as d where d.site = i.site and d.day = i.day)
order by 1, 2;
