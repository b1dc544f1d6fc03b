-- Which rows of imported_days go when an import is taken out?
delete from imported_days where site = $site and import = $number;
