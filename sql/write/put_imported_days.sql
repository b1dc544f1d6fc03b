-- What were the totals of an import's days?
insert into imported_days (import, site, day, k, pageviews, visits, visitors)
select
  $number,
  $site,
  unnest($days::date[]) as day,
  unnest($ks::integer[]) as k,
  unnest($pageviews::bigint[]) as pageviews,
  unnest($visits::bigint[]) as visits,
  unnest($visitors::bigint[]) as visitors;
