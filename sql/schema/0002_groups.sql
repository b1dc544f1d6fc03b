-- Schema 2: how many, of at least k different networks, did this on that day? A row has no time finer than its day, no order, no id.
create table groups (
  site integer not null,
  cube varchar not null,
  day date not null,
  value varchar not null,
  value2 varchar not null,
  n bigint not null,
  seconds bigint not null,
  late boolean not null
);
