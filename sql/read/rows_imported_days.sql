-- How many rows of imported_days tell of the site's days before a date?
select count(*) from imported_days where site = $site and day < $before;
