-- Which columns does which table have?
select table_name, column_name
from duckdb_columns()
where schema_name = 'main' and not internal
order by table_name, column_index;
