-- Which schema does this database have from now on?
merge into version using (select $number::integer as number) as new on true
when matched then update set number = new.number
when not matched then insert (number) values (new.number);
