-- Removes what was done before a moment; what only passed (acts between spaces), before a later one.
delete from audit where at < :before or (at < :passed and instr(:passing, ' ' || act || ' ') > 0);
