-- Which runs are so old that nobody asks for them?
delete from run where state in ('done', 'failed') and asked < :before;
