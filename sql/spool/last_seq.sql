-- What is the highest place ever given in this spool?
select max(
  coalesce((select max(seq) from entry), 0),
  coalesce((select max(place) from tick), 0),
  coalesce((select max(seq) from aside), 0)
);
