-- Schema 2: one row a group commit: sealed hits and drops of one day.
create table entry (
  seq integer primary key,
  day integer not null,
  sealed blob not null
) strict;
