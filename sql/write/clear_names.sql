-- Make room for the words that are still used.
delete from names;
