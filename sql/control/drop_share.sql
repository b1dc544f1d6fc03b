-- Takes a link of a site back; who had given its password has nothing any more.
delete from share where id = :id and site = :site;
