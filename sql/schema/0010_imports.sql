-- Schema 10: which imports of another tool's history, or of an export of ours, are in here?
create table imports (
  number integer not null,
  site integer not null,
  origin varchar not null,
  imported timestamp not null,
  begins date not null,
  ends date not null,
  k integer not null
);
