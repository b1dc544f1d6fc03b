-- Put the words back by their drawn numbers, so that their place does not tell in which publish a word first came.
insert into names (number, value)
select number, value
from merged_names
order by number;
