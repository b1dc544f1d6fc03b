-- Under which settings was each day counted, where does it come from, and is it over?
select day, k, totals, source, closed
from days
where site = $site and day >= $begin and day < $end
union all
select day, k, 'exact' as totals, 'import' as source, true as closed
from imported_days
where
  site = $site and day >= $begin and day < $end and day not in (select day from days where site = $site)
order by day;
