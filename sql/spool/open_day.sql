-- Opens a site's day.
insert into day (site, date, begins, ends, k, publish_seconds, totals, state)
values (:site, :date, :begins, :ends, :k, :publish_seconds, :totals, :state);
