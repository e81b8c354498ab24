//! How a command ends when it does not succeed.

use crate::api::CallError;

/// Why a command did not succeed; each kind has its exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A run failed, or lines of a bulk did, or the demo's verdict is not clean. Exit code 1.
    #[error("{0}")]
    Run(String),
    /// What the user typed, or the file behind it, is wrong. Exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The connector cannot be reached, is not available, or does not accept the token. Exit code 3.
    #[error("{0}")]
    Connector(String),
    /// A part of the demo could not start, or failed. Exit code 1.
    #[error("{0:#}")]
    Demo(anyhow::Error),
    /// Stopped by Ctrl-C or SIGTERM before there was a result. Exit code 130.
    #[error("stopped before it was done")]
    Interrupted,
    /// The result could not be written. Exit code 1.
    #[error("could not write the result: {0}")]
    Output(#[from] std::io::Error),
}

impl Failure {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Run(_) | Failure::Demo(_) | Failure::Output(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Connector(_) => 3,
            Failure::Interrupted => 130,
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(message) => Failure::Usage(message),
            CallError::Unauthorized(message) | CallError::Unavailable { message, .. } => Failure::Connector(message),
        }
    }
}
