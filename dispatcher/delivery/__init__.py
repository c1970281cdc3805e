"""Room 5: the relay. Connections, transactions, reply classes, the sender loop, the rehearsal sink."""
