-- Which columns are texts?
select table_name, column_name
from duckdb_columns()
where schema_name = 'main' and not internal and data_type = 'VARCHAR'
order by table_name, column_index;
