-- Removes a site.
delete from site where id = :id;
