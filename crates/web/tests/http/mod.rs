//! A file per subject; `server` is the institution they all begin with.

mod academics;
mod access;
mod account;
mod admin;
mod bulk;
mod corrections;
mod figures;
mod inbox;
mod letters;
mod live;
mod locks;
mod marking;
mod online;
mod openapi;
mod own;
mod people;
mod photos;
mod programmes;
mod records;
mod repeated;
mod server;
mod sessions;
mod settings;
mod sharing;
mod sign_in;
mod timetable;
