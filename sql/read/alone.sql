-- How many in each of these cubes of one dimension have one value?
select c.name, sum(g.n)::bigint as n
from groups as g
join cubes as c on c.number = g.cube
where
  g.site = $site
  and g.day >= $begin
  and g.day < $end
  and list_contains($cubes::varchar[], c.name)
  and g.value = (select number from names where value = $value)
  and (not g.late or $late)
group by c.name;
