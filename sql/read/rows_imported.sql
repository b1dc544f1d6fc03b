-- How many rows of imported tell of the site's days before a date?
select count(*) from imported where site = $site and begins < $before;
