-- Which run is asked for? One that a schedule has for the period already stays as it is.
insert into run (schedule, site, begins, ends, task, state, asked, due, attempt, progress, result)
values (:schedule, :site, :begins, :ends, :task, 'waiting', :now, :now, 0, 0, '{}')
on conflict (schedule, begins, ends) do nothing;
