-- What do others count of a site on begin <= day < end?
select day, pageviews, visits, visitors, engaged from elsewhere
where site = :site and source = :source and day >= :begin and day < :end order by day;
