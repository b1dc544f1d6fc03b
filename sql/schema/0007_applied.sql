-- Schema 7: up to which number are a site's releases in here?
create table applied (
  site integer not null,
  number bigint not null
);
