-- Make room for the day's merged totals.
delete from totals where site = $site and day = $day;
