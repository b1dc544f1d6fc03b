-- Which imports does a site have, and how many days and rows has each?
select
  i.number,
  i.origin,
  i.imported,
  i.begins,
  i.ends,
  i.k,
  (select count(*) from imported_days as d where d.import = i.number) as days,
  (select count(*) from imported as r where r.import = i.number) as rows
from imports as i
where i.site = $site
order by i.number;
