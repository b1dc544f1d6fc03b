-- The site is gone: so are its sealed hits.
delete from entry where day in (select id from day where site = :site);
