-- Which rows of imported go when an import is taken out?
delete from imported where site = $site and import = $number;
