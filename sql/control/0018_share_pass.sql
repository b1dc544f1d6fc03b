-- Schema 18: browsers that have given the password of a link; `token` is the hash of their cookie.
create table share_pass (
  token blob primary key,
  share integer not null references share (id) on delete cascade,
  begun integer not null
) strict, without rowid;
