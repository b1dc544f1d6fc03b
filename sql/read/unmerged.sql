-- Which days are over but not merged?
select site, day from days where closed and not merged order by day, site;
