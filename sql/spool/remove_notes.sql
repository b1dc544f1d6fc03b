-- The site is gone: so is what went wrong with it.
delete from note where site = :site;
