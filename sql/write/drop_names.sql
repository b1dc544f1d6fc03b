-- The words are back in their table.
drop table merged_names;
