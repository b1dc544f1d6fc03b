-- Schema 1: the sites that are counted. The lists are JSON arrays of texts.
create table site (
  id integer primary key autoincrement,
  domain text not null unique,
  name text not null,
  hosts text not null,
  time_zone text not null,
  k integer not null check (k >= 5),
  publish_seconds integer not null,
  totals text not null,
  campaigns integer not null,
  excluded_networks text not null,
  page_patterns text not null,
  properties text not null,
  payment_hosts text not null,
  created text not null,
  demo integer not null
) strict;
