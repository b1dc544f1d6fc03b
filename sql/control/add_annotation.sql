-- Writes on a day.
insert into annotation (site, day, text) values (:site, :day, :text);
