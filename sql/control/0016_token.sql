-- Schema 16: tokens for the API. token is the SHA-256 of 256 random bits; expires is ms UTC; used is a date, no finer.
create table token (
  id integer primary key autoincrement,
  account integer not null references account (id) on delete cascade,
  site integer not null references site (id) on delete cascade,
  name text not null,
  token blob not null unique,
  scope text not null,
  expires integer not null,
  used text
) strict;
