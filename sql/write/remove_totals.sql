-- Which rows of totals are older than they may be? They go.
delete from totals where site = $site and day < $before;
