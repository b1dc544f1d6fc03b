-- How often have sites changed?
select number from change;
