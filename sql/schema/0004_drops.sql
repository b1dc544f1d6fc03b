-- Schema 4: how many beacons did not become hits at each publish, and why? Merged to the hours of the day at night.
create table drops (
  site integer not null,
  day date not null,
  time timestamp not null,
  reason varchar not null,
  n bigint not null
);
