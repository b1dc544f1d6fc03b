-- Schema 2: how many, of at least k networks, did this on that day? No time finer than the day, no order, no id of a row.
create table groups (
  site integer not null,
  cube smallint not null,
  day date not null,
  value integer not null,
  value2 integer not null,
  n bigint not null,
  seconds bigint not null,
  late boolean not null
);
