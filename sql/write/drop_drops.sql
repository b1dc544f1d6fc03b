-- The merged drops are back in their table.
drop table merged_drops;
