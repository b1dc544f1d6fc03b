-- The same once more, since a moment: counted on the line that is there.
update audit set times = times + 1
where id = (
  select max(id) from audit where who = :who and act = :act and object = :object and at > :since
);
