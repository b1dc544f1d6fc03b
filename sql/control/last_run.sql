-- Which run was asked for last?
select max(id) from run;
