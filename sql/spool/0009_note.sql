-- Schema 9: what went wrong, for the operator: never how many beacons, and nothing of one.
create table note (
  id integer primary key autoincrement,
  time integer not null,
  what text not null,
  site integer not null,
  date text not null,
  since integer not null,
  name text not null,
  seen integer not null,
  unique (what, site, date, name)
) strict;
