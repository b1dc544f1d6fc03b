-- The site is gone: so is the number of its last release.
delete from number where site = :site;
