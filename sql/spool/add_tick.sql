-- Records a publish: its place and its time.
insert into tick (day, place, time) values (:day, :place, :time);
