-- Which accounts are there?
select id, name, role, last_login from account order by name;
