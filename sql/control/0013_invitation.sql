-- Schema 13: who may choose a password by a link. token is the SHA-256 of what stands in the link; expires is ms UTC.
create table invitation (
  account integer primary key references account (id) on delete cascade,
  token blob not null unique,
  expires integer not null
) strict;
