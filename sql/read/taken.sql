-- Which days have data already, of their own or imported?
select day from days where site = $site and day >= $begin and day < $end
union
select day from imported_days where site = $site and day >= $begin and day < $end
order by day;
