-- Which finished days still have entries to remove?
select distinct e.day from entry as e join day as d on d.id = e.day where d.state = 'closed';
