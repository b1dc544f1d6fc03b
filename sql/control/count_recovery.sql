-- How many recovery codes are left?
select count(*) from recovery where account = :account;
