-- Has the site finished this day?
select count(*) from day where site = :site and date = :date and state = 'closed';
