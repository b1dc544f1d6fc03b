-- Which link has this token?
select id, site, name, password, public, created from share where token = :token;
