-- Which words does no group use any more? They go: a page's name is not kept longer than its groups.
delete from names
where number not in (select value from groups union select value2 from groups
  union select value from imported union select value2 from imported);
