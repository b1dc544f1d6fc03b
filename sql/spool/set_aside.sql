-- Sets an entry aside that cannot be opened.
insert into aside (seq, day, sealed, why) select seq, day, sealed, :why from entry where seq = :seq;
