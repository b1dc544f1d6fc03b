-- Which schedules are there?
select id, site, name, timing, task, active, seen from schedule order by site, id;
