-- The site is gone: so are its days.
delete from day where site = :site;
