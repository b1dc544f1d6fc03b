-- Schema 6: nothing has changed yet.
insert into change (number) values (0);
