-- Which schedule is new?
insert into schedule (site, name, timing, task, active, seen)
values (:site, :name, :timing, :task, :active, :seen);
