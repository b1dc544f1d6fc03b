-- What has become of a schedule?
update schedule set name = :name, timing = :timing, task = :task, active = :active, seen = :seen where id = :id;
