-- Schema 7: entries that could not be opened, set aside with the reason.
create table aside (
  seq integer not null,
  day integer not null,
  sealed blob not null,
  why text not null
) strict;
