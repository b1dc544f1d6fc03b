-- Which number does each word get?
insert into names (number, value)
select unnest($numbers::integer[]) as number, unnest($words::varchar[]) as value
order by number;
