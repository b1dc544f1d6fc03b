-- Was an entry of the day set aside?
select exists (select 1 from aside where day = :day);
