-- At which sites has this account which role?
select site, role from access where account = :account order by site;
