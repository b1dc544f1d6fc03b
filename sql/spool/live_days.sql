-- Which days are not finished?
select id, site, date, begins, ends, k, publish_seconds, totals, state
from day
where state in ('open', 'closing')
order by id;
