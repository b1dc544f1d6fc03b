-- Adds one group commit to the spool.
insert into entry (seq, day, sealed) values (:seq, :day, :sealed);
