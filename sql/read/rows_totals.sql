-- How many rows of totals tell of the site's days before a date?
select count(*) from totals where site = $site and day < $before;
