-- What are the largest values of each cube, how much do all its values come to, and how many are there?
select cube, value, value2, n, named, cells
from (
  select
    cube,
    value,
    value2,
    sum(n)::bigint as n,
    (sum(sum(n)) over all_of)::bigint as named,
    count(*) over all_of as cells,
    row_number() over (all_of order by sum(n) desc, value, value2) as place
  from groups
  where site = $site and day >= $begin and day < $end and list_contains($cubes::varchar[], cube) and (not late or $late)
  group by cube, value, value2
  window all_of as (partition by cube)
)
where place <= $limit
order by cube, place;
