-- Schema 12: how many, of at least k visitors, did this in begins <= day < ends? More than a day: late groups, summed.
create table imported (
  import integer not null,
  site integer not null,
  cube smallint not null,
  begins date not null,
  ends date not null,
  value integer not null,
  value2 integer not null,
  n bigint not null,
  seconds bigint not null
);
