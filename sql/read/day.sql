-- Is the day over, and is it merged?
select closed, merged from days where site = $site and day = $day;
