-- Up to which number are each site's releases in here?
select site, number from applied order by site;
