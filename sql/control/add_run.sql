-- Which run is asked for? One that a schedule has for the period already stays, unless a clock that was ahead asked too early.
insert into run (schedule, site, begins, ends, task, state, asked, due, attempt, progress, result)
values (:schedule, :site, :begins, :ends, :task, 'waiting', :now, :now, 0, 0, '{}')
on conflict (schedule, begins, ends) do update set
  task = excluded.task, state = 'waiting', asked = excluded.asked, due = excluded.due, attempt = 0, begun = null, ended = null
where run.asked > excluded.asked and run.state <> 'running'
  and not (run.state = 'done' and coalesce(json_extract(run.result, '$.manifest.complete'), 1));
