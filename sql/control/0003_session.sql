-- Schema 3: who is logged in. token is the SHA-256 of the random token in the cookie, which is kept nowhere here.
create table session (
  token blob primary key,
  account integer not null references account (id) on delete cascade,
  begun integer not null,
  seen integer not null
) strict, without rowid;
