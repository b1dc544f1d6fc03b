-- Somebody did something.
insert into audit (at, who, act, object) values (:at, :who, :act, :object);
