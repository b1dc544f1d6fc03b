-- Is the day still going on, or waiting to be closed?
select count(*) from day where id = :day and state in ('open', 'closing');
