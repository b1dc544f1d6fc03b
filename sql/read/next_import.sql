-- Which number does the next import get?
select coalesce(max(number), 0) + 1 from imports;
