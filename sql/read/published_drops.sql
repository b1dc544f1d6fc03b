-- How many beacons of each site did not become hits, by reason?
select site, reason, sum(n)::bigint as n from drops group by site, reason order by site, reason;
