//! What the people who run it rely on: setup, doctor, health and metrics, stopping, renewing.

mod doctor;
mod running;
mod setup;
