-- Which columns does which table have? Asked of the spool's file too.
select t.name, c.name
from sqlite_master as t, pragma_table_info(t.name) as c
where t.type = 'table' and t.name not like 'sqlite_%'
order by t.name, c.cid;
