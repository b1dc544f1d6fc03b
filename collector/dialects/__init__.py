"""The protocols of other tools, so that a site can switch by changing one address.

Each module turns a request of one tool's clients into our own beacons, and answers as its clients expect. Nothing else:
`reading.py` then takes every beacon through the door's own steps. What such a request says of a person (client, user
and session ids, an address or User-Agent in its body) is not read here, so it cannot go further.
"""
