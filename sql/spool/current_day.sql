-- Which day of the site is open now?
select id, site, date, begins, ends, k, publish_seconds, totals, state
from day
where site = :site and state = 'open'
order by id desc
limit 1;
