-- How many of each of these values of a cube are in groups? Of pairs, told apart by the second value.
select a.value, b.value as value2, sum(g.n)::bigint as n
from groups as g
join cubes as c on c.number = g.cube
join names as a on a.number = g.value
join names as b on b.number = g.value2
where
  g.site = $site
  and g.day >= $begin
  and g.day < $end
  and (not g.late or $late)
  and c.name = $cube
  and list_contains($values::varchar[], a.value)
group by a.value, b.value
order by a.value, b.value;
