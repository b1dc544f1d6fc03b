-- What is written on the days of a site, within a range?
select id, day, text from annotation where site = :site and day >= :begin and day < :end order by day, id;
