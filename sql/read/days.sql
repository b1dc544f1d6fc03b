-- Which days of which sites are in here?
select site, day from days order by site, day;
