-- Which days whose key was lost are over, so that what they hold may go?
select id from day where state = 'lost' and ends <= :now;
