-- Schema 11: what were an imported day's totals? Never of a day that has data of its own.
create table imported_days (
  import integer not null,
  site integer not null,
  day date not null,
  k integer not null,
  pageviews bigint not null,
  visits bigint not null,
  visitors bigint
);
