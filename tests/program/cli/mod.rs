//! Stories of the program as its users run it: the real binary, in a folder of its own, with
//! an environment of its own.

mod cache;
mod commands;
mod conflicts;
mod cutouts;
mod damage;
mod engines;
mod foreign_files;
mod guards;
mod hostile;
mod limits;
mod memory;
mod mistakes;
mod moved;
mod orphans;
mod outdated;
mod outputs;
mod pixels;
mod places;
mod resume;
mod shared;
mod status;
mod streams;
mod unread;
mod words;

use crate::dir::Dir;
use crate::dir::Done;
