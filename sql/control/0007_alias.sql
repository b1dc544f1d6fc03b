-- Schema 7: what other tools' clients call a site; the name in lower case.
create table alias (
  tool text not null,
  name text not null,
  site integer not null references site (id) on delete cascade,
  primary key (tool, name)
) strict, without rowid;
