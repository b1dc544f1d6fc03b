-- Which of the words have no number yet?
select distinct word from (select unnest($words::varchar[]) as word)
where word not in (select value from names)
order by word;
