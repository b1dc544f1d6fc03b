-- Schema 8: which word stands behind a number in groups.value? Numbers are drawn by lot: they say nothing of the order.
create table names (
  number integer not null,
  value varchar not null
);
