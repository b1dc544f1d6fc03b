-- Schema 11: who did what to what, and when (milliseconds UTC). Names, not numbers: it outlives what it is about.
create table audit (
  id integer primary key autoincrement,
  at integer not null,
  who text not null,
  act text not null,
  object text not null
) strict;
