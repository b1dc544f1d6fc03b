-- Which releases has the store not confirmed?
select o.site, o.number, o.body, o.digest, d.date, d.begins, d.ends, d.k, d.publish_seconds, d.totals, d.state
from outbox as o
join day as d on d.id = o.day
where not o.torn
order by o.site, o.number
limit :most;
