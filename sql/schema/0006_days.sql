-- Schema 6: between which moments, and under which settings, was this day counted?
create table days (
  site integer not null,
  day date not null,
  begins timestamp not null,
  ends timestamp not null,
  k integer not null,
  publish_seconds integer not null,
  totals varchar not null,
  source varchar not null,
  published timestamp,
  closed boolean not null,
  merged boolean not null
);
