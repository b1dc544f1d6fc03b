-- Schema 5: how many visitors, about, had the day? One number a site and day.
create table visitors (
  site integer not null,
  day date not null,
  estimate bigint not null
);
