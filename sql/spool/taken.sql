-- Does the site have data of this day?
select count(*) from day where site = :site and date = :date;
