-- Which rows of days are older than they may be? They go.
delete from days where site = $site and day < $before;
