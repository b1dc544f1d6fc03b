-- Under which days' keys does anything wait?
select distinct day from waiting;
