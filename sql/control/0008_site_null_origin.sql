-- Schema 8: whether events are taken from pages without an origin.
alter table site add column null_origin integer not null default 0;
