-- A token was used on this day.
update token set used = :day where id = :id;
