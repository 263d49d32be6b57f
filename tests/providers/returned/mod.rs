//! From the bytes that a provider returned to the margins of an output, with results made
//! from photographs: the middle is the source, the whole is what an ideal provider returns.

mod composing;
mod faults;
mod placement;
mod seams;
mod world;
