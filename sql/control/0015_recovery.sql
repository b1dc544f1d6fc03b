-- Schema 15: the SHA-256 of recovery codes (120 random bits each) that were not used yet.
create table recovery (
  account integer not null references account (id) on delete cascade,
  code blob not null,
  primary key (account, code)
) strict, without rowid;
