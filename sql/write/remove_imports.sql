-- Which rows of imports are older than they may be? They go.
delete from imports where site = $site and ends <= $before;
