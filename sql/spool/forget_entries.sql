-- Removes some entries of a finished day (its key is gone already).
delete from entry
where seq in (select seq from entry where day = :day limit :most);
