-- How many rows of imports tell of the site's days before a date?
select count(*) from imports where site = $site and ends <= $before;
