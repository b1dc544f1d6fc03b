-- Which columns of which tables name a site, by its number or its domain?
select m.name, p.name
from sqlite_master as m
join pragma_table_info(m.name) as p
where m.type = 'table' and m.name <> 'site' and p.name in ('site', 'site_id', 'domain')
order by m.name;
