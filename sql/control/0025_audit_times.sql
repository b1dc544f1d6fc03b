-- Schema 25: how often within the hour, where a line is about what anybody can do again and again.
alter table audit add column times integer not null default 1;
