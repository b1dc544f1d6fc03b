-- What waits for the site, and under which day's key?
select day, sealed from waiting where site = :site;
