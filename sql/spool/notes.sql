-- What went wrong lately, the newest first?
select time, what, site, date, since, name, seen from note order by id desc limit 100;
