-- Which links does a site have?
select id, site, name, password, public, created from share where site = :site order by public desc, id;
