-- Which rows of drops are older than they may be? They go.
delete from drops where site = $site and day < $before;
