-- Which publishes did the day have, in order?
select place, time from tick where day = :day order by place, time;
