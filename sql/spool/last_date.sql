-- What is the last day that the site has finished here?
select max(date) from day where site = :site and state = 'closed';
