-- Schema 22: what did staff write on which day of which site?
create table annotation (
  id integer primary key autoincrement,
  site integer not null references site (id) on delete cascade,
  day text not null,
  text text not null
) strict;
