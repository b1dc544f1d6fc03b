-- Schema 1: a site's days, with the settings each is released under. state: open, closing, closed, lost, taken.
create table day (
  id integer primary key autoincrement,
  site integer not null,
  date text not null,
  begins integer not null,
  ends integer not null,
  k integer not null,
  publish_seconds integer not null,
  totals text not null,
  state text not null
) strict;
