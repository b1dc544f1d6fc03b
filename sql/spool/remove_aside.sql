-- The site is gone: so is what could not be opened of it.
delete from aside where day in (select id from day where site = :site);
