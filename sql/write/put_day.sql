-- Between which moments and under which settings is the day counted, when was it last published, is it over?
merge into days
using (
  select
    $site::integer as site,
    $day::date as day,
    $begins::timestamp as begins,
    $ends::timestamp as ends,
    $k::integer as k,
    $publish_seconds::integer as publish_seconds,
    $totals::varchar as totals,
    $source::varchar as source,
    $published::timestamp as published,
    $closed::boolean as closed
) as new
on days.site = new.site and days.day = new.day
when matched then update set
  published = coalesce(new.published, days.published),
  closed = days.closed or new.closed
when not matched then
  insert (site, day, begins, ends, k, publish_seconds, totals, source, published, closed, merged)
  values (
    new.site, new.day, new.begins, new.ends, new.k, new.publish_seconds, new.totals, new.source, new.published,
    new.closed, false
  );
