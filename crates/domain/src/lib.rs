//! Types, rules and state machines of Muster. Pure: no I/O, no clock, no randomness.
