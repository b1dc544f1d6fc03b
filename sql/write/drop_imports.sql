-- Which rows of imports go when an import is taken out?
delete from imports where site = $site and number = $number;
