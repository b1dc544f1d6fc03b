-- Which account has this name?
select id, name, password, role, last_login from account where name = :name;
