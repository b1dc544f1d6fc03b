-- Schema 2: staff accounts. Times are milliseconds since 1970, UTC; password is an argon2id hash with its parameters.
create table account (
  id integer primary key autoincrement,
  name text not null unique,
  password text not null,
  role text not null,
  created integer not null,
  last_login integer
) strict;
