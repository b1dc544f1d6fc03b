-- The merged groups are back in their table.
drop table merged_groups;
