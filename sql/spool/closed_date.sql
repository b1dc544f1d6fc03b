-- Has the site finished this day, or is it about to?
select count(*) from day where site = :site and date = :date and state in ('closing', 'closed');
