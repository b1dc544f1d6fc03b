-- Which releases has the store not confirmed?
select o.site, o.number, o.body, d.date, d.begins, d.ends, d.k, d.publish_seconds, d.totals, d.state
from outbox as o
join day as d on d.id = o.day
order by o.site, o.number
limit :most;
