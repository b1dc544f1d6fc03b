"""How many beacons a network may send: one bucket of tokens for each, in memory only."""


class Rate:
    """`limit` beacons a minute in the long run, `burst` at once. Holds at most twice `size` networks, of a while ago.

    A bucket is one number: when it will be full again (the generic cell rate algorithm, ITU-T I.371). Buckets
    lie in two tables. After a time in which any bucket fills up, or when `size` networks are in the young table, it
    becomes the old one, and the old one is forgotten. A forgotten bucket was full unless more than `size` networks came
    within that time; then it is full too early, and the limit is higher than it says.
    """

    __slots__ = ("_born", "_cost", "_depth", "_old", "_size", "_young")

    def __init__(self, limit: int, burst: int, size: int = 50_000) -> None:
        self._cost = 60_000 / limit  # milliseconds until a token is back
        self._depth = burst * self._cost  # until all are
        self._size = size
        self._born = 0
        self._young: dict[int, float] = {}
        self._old: dict[int, float] = {}

    def take(self, network: int, now: int) -> int:
        """Take a token of the network's. 0 when there was one, else the whole seconds until there is."""
        young = self._young
        if len(young) >= self._size or not 0 <= now - self._born <= self._depth:
            self._turn(now)
            young = self._young
        full = young.get(network)
        if full is None:
            full = self._old.get(network, now)
        if not 0 < full - now <= self._depth:  # full since long, or the clock was set back
            full = now
        full += self._cost
        if full - now > self._depth:
            return 1 + int((full - now - self._depth) // 1000)
        young[network] = full
        return 0

    def _turn(self, now: int) -> None:
        """Forget the old table if it has had its time, and begin a young one."""
        self._old = self._young
        self._young = {}
        self._born = now
