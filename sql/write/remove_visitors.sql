-- Which rows of visitors are older than they may be? They go.
delete from visitors where site = $site and day < $before;
