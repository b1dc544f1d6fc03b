-- Schema 5: releases that the store has not confirmed yet: whole groups, in order.
create table outbox (
  site integer not null,
  number integer not null,
  day integer not null,
  body blob not null,
  primary key (site, number)
) strict, without rowid;
