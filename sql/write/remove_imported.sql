-- Which rows of imported are older than they may be? They go.
delete from imported where site = $site and begins < $before;
