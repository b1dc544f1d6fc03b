-- How many beacons did not become hits, by day and reason?
select day, reason, sum(n)::bigint as n
from drops
where site = $site and day >= $begin and day < $end
group by day, reason
order by day, n desc, reason;
