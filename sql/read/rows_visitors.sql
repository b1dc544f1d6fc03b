-- How many rows of visitors tell of the site's days before a date?
select count(*) from visitors where site = $site and day < $before;
