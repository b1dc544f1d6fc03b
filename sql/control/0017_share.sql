-- Schema 17: links that show a site's figures to whoever has one. `token` is the hash of what stands in the address.
create table share (
  id integer primary key autoincrement,
  site integer not null references site (id) on delete cascade,
  token blob not null unique,
  name text not null,
  password text not null,
  public integer not null,
  created integer not null
) strict;
