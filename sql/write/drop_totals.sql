-- The merged totals are back in their table.
drop table merged_totals;
