-- Which run was asked for last, of a schedule (or of none) and a period?
select max(id) from run where schedule is :schedule and begins = :begins and ends = :ends;
