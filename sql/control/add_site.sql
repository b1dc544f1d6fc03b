-- Adds a site.
insert into site (
  domain, name, hosts, time_zone, k, publish_seconds, totals, campaigns, excluded_networks, page_patterns,
  properties, payment_hosts, created, demo, null_origin, optout, senders, rounded
)
values (
  :domain, :name, :hosts, :time_zone, :k, :publish_seconds, :totals, :campaigns, :excluded_networks, :page_patterns,
  :properties, :payment_hosts, :created, :demo, :null_origin, :optout, :senders, :rounded
);
