-- When was the day published last?
select coalesce(max(time), 0) from tick where day = :day;
