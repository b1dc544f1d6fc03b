-- How far has a run come?
update run set progress = :progress where id = :id;
