-- Schema 9: which cube stands behind a number in groups.cube?
create table cubes (
  number smallint not null,
  name varchar not null
);
