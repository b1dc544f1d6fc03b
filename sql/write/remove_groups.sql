-- Which rows of groups are older than they may be? They go.
delete from groups where site = $site and day < $before;
