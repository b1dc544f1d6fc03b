-- How many rows of groups tell of the site's days before a date?
select count(*) from groups where site = $site and day < $before;
