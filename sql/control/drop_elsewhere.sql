-- What a source counted of a site is forgotten.
delete from elsewhere where site = :site and source = :source;
