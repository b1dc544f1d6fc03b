-- Which words does a group still use? What only purged groups used goes with them.
create temp table merged_names as
select number, value
from names
where number in (select value from groups) or number in (select value2 from groups);
