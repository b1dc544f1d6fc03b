-- What is known of one run?
select id, schedule, site, begins, ends, task, state, asked, due, attempt, begun, ended, progress, result
from run
where id = :id;
