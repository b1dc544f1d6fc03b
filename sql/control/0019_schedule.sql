-- Schema 19: which exports does a site want by itself? Destinations hold their secrets; the file is its owner's alone.
create table schedule (
  id integer primary key,
  site integer not null references site (id) on delete cascade,
  name text not null,
  timing text not null,
  task text not null,
  active integer not null,
  seen integer not null
);
