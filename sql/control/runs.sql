-- Which runs has a site, newest first?
select id, schedule, site, begins, ends, task, state, asked, due, attempt, begun, ended, progress, result
from run
where site = :site
order by id desc
limit :most;
