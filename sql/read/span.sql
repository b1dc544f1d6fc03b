-- On which day does the data of each site begin, and when was it last published?
select site, min(day) as first_day, max(published) as last_publish
from (
  select site, day, published from days
  union all
  select site, day, null from imported_days
) as either
where list_contains($sites::integer[], site)
group by site
order by site;
