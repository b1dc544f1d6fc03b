-- Which of the drawn numbers are free?
select distinct number from (select unnest($numbers::integer[]) as number)
where number not in (select number from names);
