-- Which of the cubes have no number yet? They get the next ones, in the order of their names.
insert into cubes (number, name)
select (select coalesce(max(number), 0) from cubes) + row_number() over (order by name), name
from (select unnest($names::varchar[]) as name)
where name not in (select name from cubes);
