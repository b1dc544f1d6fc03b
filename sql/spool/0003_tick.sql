-- Schema 3: publishes: what was folded before each (place), and when.
create table tick (
  day integer not null,
  place integer not null,
  time integer not null
) strict;
