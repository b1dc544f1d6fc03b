-- Of what has one value: the largest values of the other dimension, what all come to, how many there are, per cube and side?
with sides as (
  select 0 as side, cube, value2 as other, n
  from groups
  where
    site = $site
    and day >= $begin
    and day < $end
    and cube in (select number from cubes where list_contains($firsts::varchar[], name))
    and value = (select number from names where value = $value)
    and (not late or $late)
  union all
  select 1 as side, cube, value as other, n
  from groups
  where
    site = $site
    and day >= $begin
    and day < $end
    and cube in (select number from cubes where list_contains($seconds::varchar[], name))
    and value2 = (select number from names where value = $value)
    and (not late or $late)
),

sums as (
  select side, cube, other, sum(n)::bigint as n
  from sides
  group by side, cube, other
),

ranked as (
  select
    side,
    cube,
    other,
    n,
    (sum(n) over (partition by side, cube))::bigint as named,
    count(*) over (partition by side, cube) as cells
  from sums
)

select r.side, c.name, o.value, r.n, r.named, r.cells
from ranked as r
join cubes as c on c.number = r.cube
join names as o on o.number = r.other
qualify $limit::bigint is null or row_number() over (partition by r.side, r.cube order by r.n desc, o.value) <= $limit
order by r.side, c.name, r.n desc, o.value;
