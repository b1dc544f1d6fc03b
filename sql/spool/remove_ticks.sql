-- The site is gone: so are the publishes of its days.
delete from tick where day in (select id from day where site = :site);
