-- Schema 1: which of these files have been applied to this database?
create table version (number integer not null);
