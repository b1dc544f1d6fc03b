-- Which group commits came after a place, in order?
select seq, day, sealed from entry where seq > :after order by seq limit :most;
