-- Schema 3: how many pageviews and visits, exactly, at each publish? Merged to the hours of the day at night.
create table totals (
  site integer not null,
  day date not null,
  time timestamp not null,
  pageviews bigint not null,
  visits bigint not null
);
