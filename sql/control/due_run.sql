-- Which run is due first?
select id, schedule, site, begins, ends, task, state, asked, due, attempt, begun, ended, progress, result
from run
where state = 'waiting' and due <= :now
order by due, id
limit 1;
