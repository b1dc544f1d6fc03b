-- Which runs lose their schedule?
update run set schedule = null where schedule = :id;
