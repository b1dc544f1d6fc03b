-- Which words does a group, own or imported, still use? What only purged groups used goes with them.
create temp table merged_names as
select number, value
from names
where number in (
  select value from groups union select value2 from groups
  union select value from imported union select value2 from imported
);
