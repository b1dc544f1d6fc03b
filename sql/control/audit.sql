-- What has been done, newest first, before a number?
select id, at, who, act, object, times from audit where id < :before order by id desc limit :most;
