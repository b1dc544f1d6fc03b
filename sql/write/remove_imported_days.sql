-- Which rows of imported_days are older than they may be? They go.
delete from imported_days where site = $site and day < $before;
