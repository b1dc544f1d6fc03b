-- Which days does the site have data of?
select date from day where site = :site order by date;
