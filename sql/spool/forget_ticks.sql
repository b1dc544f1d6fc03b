-- Forgets the publishes of a finished day.
delete from tick where day = :day;
