-- Schema 12: who has which role at which site. An administrator of the server (account.role) needs no row.
create table access (
  account integer not null references account (id) on delete cascade,
  site integer not null references site (id) on delete cascade,
  role text not null check (role in ('viewer', 'analyst', 'administrator')),
  primary key (account, site)
) strict, without rowid;
