-- What is the day's estimate of visitors now? It replaces the one before.
merge into visitors
using (select $site::integer as site, $day::date as day, $estimate::bigint as estimate) as new
on visitors.site = new.site and visitors.day = new.day
when matched then update set estimate = new.estimate
when not matched then insert (site, day, estimate) values (new.site, new.day, new.estimate);
