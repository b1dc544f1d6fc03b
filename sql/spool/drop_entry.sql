-- Removes an entry that was set aside.
delete from entry where seq = :seq;
