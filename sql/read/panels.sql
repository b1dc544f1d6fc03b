-- What are the largest values of each cube, how much do all its values come to, and how many are there?
with sums as (
  select cube, value, value2, sum(n)::bigint as n
  from (
    select cube, value, value2, n
    from groups
    where site = $site and day >= $begin and day < $end and (not late or $late)
    union all
    select i.cube, i.value, i.value2, i.n
    from imported as i
    where
      i.site = $site and i.begins >= $begin and i.ends <= $end and (i.ends = i.begins + 1 or $late)
      and not exists (select 1 from days as d where d.site = $site and d.day >= i.begins and d.day < i.ends)
  ) as both_kinds
  where cube in (select number from cubes where list_contains($cubes::varchar[], name))
  group by cube, value, value2
),

ranked as (
  select
    cube,
    value,
    value2,
    n,
    (sum(n) over (partition by cube))::bigint as named,
    count(*) over (partition by cube) as cells,
    rank() over (partition by cube order by n desc) as place
  from sums
)

select c.name, a.value, b.value, r.n, r.named, r.cells
from ranked as r
join cubes as c on c.number = r.cube
join names as a on a.number = r.value
join names as b on b.number = r.value2
where $limit::bigint is null or r.place <= $limit
qualify $limit::bigint is null or row_number() over (partition by r.cube order by r.n desc, a.value, b.value) <= $limit
order by c.name, r.n desc, a.value, b.value;
