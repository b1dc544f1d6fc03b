-- How many rows of drops tell of the site's days before a date?
select count(*) from drops where site = $site and day < $before;
