-- Begins the numbers of sites after one that the spool or the store knows from a control database that was lost.
insert into sqlite_sequence (name, seq) values ('site', :last);
