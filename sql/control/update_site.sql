-- Changes a site; its id, its domain, its creation and whether it is the demo stay.
update site
set name = :name, hosts = :hosts, time_zone = :time_zone, k = :k, publish_seconds = :publish_seconds,
  totals = :totals, campaigns = :campaigns, excluded_networks = :excluded_networks, page_patterns = :page_patterns,
  properties = :properties, payment_hosts = :payment_hosts,
  null_origin = :null_origin, optout = :optout, senders = :senders, rounded = :rounded
where id = :id and domain = :domain;
