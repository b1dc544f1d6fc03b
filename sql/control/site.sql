-- Which site has this domain?
select id, domain, name, hosts, time_zone, k, publish_seconds, totals, campaigns, excluded_networks, page_patterns,
  properties, payment_hosts, created, demo, null_origin, optout, senders, rounded
from site
where domain = :domain;
