-- Schema 20: which exports have been made, or wait to be? Of a schedule each period once.
create table run (
  id integer primary key,
  schedule integer references schedule (id) on delete set null,
  site integer not null references site (id) on delete cascade,
  begins text not null,
  ends text not null,
  task text not null,
  state text not null,
  asked integer not null,
  due integer not null,
  attempt integer not null,
  begun integer,
  ended integer,
  progress real not null,
  result text not null,
  unique (schedule, begins, ends)
);
