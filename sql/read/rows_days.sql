-- How many rows of days tell of the site's days before a date?
select count(*) from days where site = $site and day < $before;
