-- The day has been merged.
update days set merged = true where site = $site and day = $day;
