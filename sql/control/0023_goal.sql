-- Schema 23: which events and pages of a site are goals?
create table goal (
  id integer primary key autoincrement,
  site integer not null references site (id) on delete cascade,
  kind text not null check (kind in ('event', 'page')),
  value text not null,
  unique (site, kind, value)
) strict;
