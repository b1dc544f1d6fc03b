-- Which schema has this database?
select number from version;
