-- Schema 6: the last release number given, per site.
create table number (
  site integer primary key,
  last integer not null
) strict;
