-- Takes back what was written.
delete from annotation where site = :site and id = :id;
