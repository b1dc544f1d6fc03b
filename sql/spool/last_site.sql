-- What is the highest number of a site that had a day here?
select coalesce(max(site), 0) from day;
