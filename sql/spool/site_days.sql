-- Which days, and so which keys, belong to the site?
select id from day where site = :site;
