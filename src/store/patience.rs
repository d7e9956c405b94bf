//! Trying again, until a deadline.

use std::{
    hash::{BuildHasher as _, Hasher as _},
    time::{Duration, Instant},
};

/// What kind of failure it is, where that matters to somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// No answer in time.
    Late,
    /// The certificate is not trusted.
    Untrusted,
    /// The answer is longer than we read.
    TooLong,
    /// Anything else.
    #[default]
    Other,
}

/// Why something was not delivered, in our own words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// One line, without address or credential.
    pub message: String,
    /// Another try may help.
    pub again: bool,
    /// How long the other side asks to wait.
    pub wait: Option<Duration>,
    /// Its kind.
    pub cause: Cause,
}

impl Failure {
    /// No other try will help.
    pub fn firm(message: impl Into<String>) -> Self {
        Self { message: message.into(), again: false, wait: None, cause: Cause::Other }
    }

    /// Another try may help.
    pub fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), again: true, wait: None, cause: Cause::Other }
    }

    /// The same, of a kind.
    #[must_use]
    pub fn of(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }
}

/// How often, and until when.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Tries after the first.
    pub retries: u32,
    /// When it must be over.
    pub until: Instant,
}

/// The first wait; each doubles the one before.
const FIRST_WAIT: Duration = Duration::from_millis(300);
/// None that we choose is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

impl Patience {
    /// From now on.
    #[must_use]
    pub fn of(retries: u32, deadline: Duration) -> Self {
        Self { retries, until: Instant::now() + deadline }
    }

    /// Calls `work` with the time that is left, until it succeeds or nothing will help.
    ///
    /// # Errors
    /// The last failure.
    pub fn insist<T>(&self, mut work: impl FnMut(Duration) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut tries = 0;
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Failure::firm("not within the deadline"));
            }
            let failure = match work(left) {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            if !failure.again || tries >= self.retries {
                return Err(failure);
            }
            let dice = std::hash::RandomState::new().build_hasher().finish() % 1000;
            let jitter = u32::try_from(dice).unwrap_or_default();
            let base = FIRST_WAIT.saturating_mul(1 << tries.min(8));
            // Who asks to be left alone for longer than there is time is not asked again.
            let wait = failure.wait.unwrap_or((base / 2 + base * jitter / 1000).min(LONGEST_WAIT));
            tries += 1;
            if self.until.saturating_duration_since(Instant::now()) <= wait {
                let message = match failure.wait {
                    Some(wait) => {
                        format!("{}, and asks to wait {} s, past the deadline", failure.message, wait.as_secs())
                    }
                    None => failure.message,
                };
                return Err(Failure { message, ..failure });
            }
            std::thread::sleep(wait);
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self::of(3, Duration::from_secs(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firm_failures_end_it_and_passing_ones_are_counted() {
        let patience = Patience { retries: 2, until: Instant::now() + Duration::from_secs(30) };
        let mut tries = 0;
        let end = patience.insist(|_| {
            tries += 1;
            Err::<(), _>(Failure { wait: Some(Duration::ZERO), ..Failure::passing("busy") })
        });
        assert_eq!((tries, end.unwrap_err().message.as_str()), (3, "busy"));
        let mut tries = 0;
        let end = patience.insist(|_| {
            tries += 1;
            Err::<(), _>(Failure::firm("no"))
        });
        assert!(end.is_err());
        assert_eq!(tries, 1);
    }

    #[test]
    fn no_wait_outlives_the_deadline() {
        let patience = Patience { retries: 9, until: Instant::now() + Duration::from_millis(200) };
        let began = Instant::now();
        let end = patience
            .insist(|_| Err::<(), _>(Failure { wait: Some(Duration::from_secs(10)), ..Failure::passing("busy") }));
        assert!(end.is_err() && began.elapsed() < Duration::from_secs(5));
    }
}
