-- Schema 11: whether a release could not be read: it stays where it is, and is passed over.
alter table outbox add column torn integer not null default 0;
