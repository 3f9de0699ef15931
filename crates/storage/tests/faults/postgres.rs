//! A server that restarts, connections that end.
