-- Nothing waits for the site any more.
delete from waiting where site = :site;
