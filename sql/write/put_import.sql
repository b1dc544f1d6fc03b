-- Which import is this? Its number is its name from now on.
insert into imports (number, site, origin, imported, begins, ends, k)
values ($number, $site, $origin, $imported, $begins, $ends, $k);
