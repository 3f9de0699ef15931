//! What holds on both databases alike.

mod both;
