-- Which goals has a site?
select id, kind, value from goal where site = :site order by id;
