-- Has this database a schema at all?
select count(*) from duckdb_tables() where table_name = 'version';
