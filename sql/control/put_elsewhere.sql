-- Others count so much of a site on a day.
insert into elsewhere (site, source, day, pageviews, visits, visitors, engaged)
values (:site, :source, :day, :pageviews, :visits, :visitors, :engaged)
on conflict (site, source, day) do update set
  pageviews = excluded.pageviews, visits = excluded.visits, visitors = excluded.visitors, engaged = excluded.engaged;
