-- Schema 14: second factors (TOTP, RFC 6238). step is the last time step that was used; 0: not confirmed by a code yet.
create table factor (
  account integer primary key references account (id) on delete cascade,
  secret text not null,
  step integer not null
) strict;
