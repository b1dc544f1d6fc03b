-- What is the highest place ever given in this spool? Site -1 keeps it over a midnight, which removes the entries.
select max(
  coalesce((select max(seq) from entry), 0),
  coalesce((select max(place) from tick), 0),
  coalesce((select max(seq) from aside), 0),
  coalesce((select last from number where site = -1), 0)
);
