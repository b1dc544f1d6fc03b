-- Takes a goal back; its groups stay.
delete from goal where site = :site and id = :id;
