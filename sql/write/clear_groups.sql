-- Make room for the day's merged groups.
delete from groups where site = $site and day = $day;
