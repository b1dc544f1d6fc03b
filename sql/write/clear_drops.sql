-- Make room for the day's merged drops.
delete from drops where site = $site and day = $day;
