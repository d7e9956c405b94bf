//! Requests as we send them: few at a time, not too often, with patience that ends.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    sync::{
        Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Limited};
use kube::client::Body;
use serde::Deserialize;
use tokio::{
    sync::{Semaphore, SemaphorePermit, watch},
    time::{Instant, sleep, timeout_at},
};

use super::{
    Connection, Limits, Target,
    fault::{self, Class, Fault},
};

/// A successful answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub content_type: String,
    pub body: Bytes,
}

/// The connection to one API server, shared by everything that asks it.
pub(super) struct Wire {
    client: RwLock<kube::Client>,
    /// How often new credentials were had, while somebody waits for them.
    renewed: tokio::sync::Mutex<usize>,
    /// The same, for those who only send.
    generation: AtomicUsize,
    /// From where credentials can be had once more.
    target: Option<Target>,
    /// The server's time of its first answer, by its own clock.
    clock: OnceLock<(jiff::Timestamp, Instant)>,
    /// Our time at the beginning, for servers that do not tell theirs.
    began: (Option<jiff::Timestamp>, Instant),
    limits: Limits,
    flight: Flight,
    bucket: Bucket,
    /// When the whole run must be over.
    deadline: Instant,
    stop: watch::Receiver<bool>,
}

/// Answers that say something failed are no longer than this.
const STATUS_BYTES: usize = 64 << 10;

impl Wire {
    /// `time` is our own, RFC 3339.
    pub fn new(
        connection: &Connection,
        target: &Target,
        limits: &Limits,
        time: Option<&str>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            client: RwLock::new(connection.client.clone()),
            renewed: tokio::sync::Mutex::new(0),
            generation: AtomicUsize::new(0),
            target: connection.renewable.then(|| target.clone()),
            clock: OnceLock::new(),
            began: (time.and_then(|time| time.parse().ok()), Instant::now()),
            flight: Flight::new(limits.in_flight),
            bucket: Bucket::new(limits.max_qps),
            deadline: Instant::now() + limits.run_timeout,
            limits: limits.clone(),
            stop,
        }
    }

    /// Whether the user or the clock ended the run.
    pub fn is_over(&self) -> bool {
        *self.stop.borrow() || Instant::now() >= self.deadline
    }

    /// Whether the server tells its time.
    pub fn has_clock(&self) -> bool {
        self.clock.get().is_some()
    }

    /// The server's time, RFC 3339 with milliseconds, never later than it is; by our clock where it
    /// tells none, and empty where we have none either.
    pub fn now(&self) -> String {
        let (base, at) = match (self.clock.get(), &self.began) {
            (Some((base, at)), _) | (None, (Some(base), at)) => (*base, *at),
            _ => return String::new(),
        };
        let now = jiff::SignedDuration::try_from(at.elapsed()).ok().and_then(|gone| base.checked_add(gone).ok());
        now.unwrap_or(base).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// Gets new credentials, once a run, where those of this generation are not accepted any more:
    /// from the exec plugin, or the token file that somebody has rotated.
    async fn renew(&self, generation: usize) -> bool {
        let Some(target) = &self.target else { return false };
        let mut renewed = self.renewed.lock().await;
        if *renewed > generation {
            return true;
        }
        if *renewed > 0 {
            return false;
        }
        let Ok(connection) = super::open(target, &self.limits).await else { return false };
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = connection.client;
        *renewed += 1;
        self.generation.store(*renewed, Ordering::SeqCst);
        true
    }

    /// Asks, and asks again where that may help, until `check` understands the answer.
    pub async fn get<T>(
        &self,
        path: &str,
        accept: &str,
        deadline: Option<Instant>,
        check: impl Fn(&Answer) -> Result<T, Fault>,
    ) -> Result<(Answer, T), Fault> {
        let deadline = deadline.map_or(self.deadline, |deadline| deadline.min(self.deadline));
        let mut tries = 0;
        loop {
            let request = Request::builder().method(Method::GET).uri(path).header(header::ACCEPT, accept);
            let request = request.body(Body::empty()).map_err(|_| Fault::new(Class::Refused, "no valid path"))?;
            let generation = self.generation.load(Ordering::SeqCst);
            let answer = self.once(request, deadline).await.and_then(|answer| {
                let understood = check(&answer)?;
                Ok((answer, understood))
            });
            let fault = match answer {
                Ok(done) => return Ok(done),
                Err(fault) => fault,
            };
            if fault.class == Class::Throttled || fault.class == Class::Timeout {
                self.flight.shrink();
            }
            if fault.class == Class::Unauthorized && self.renew(generation).await {
                continue;
            }
            if tries >= fault.retries() {
                return Err(fault);
            }
            let own = jittered(self.limits.backoff, tries);
            // A server that asks for no wait at all is not taken at its word.
            let wait = fault.retry_after.filter(|asked| !asked.is_zero()).unwrap_or(own).min(self.limits.max_wait);
            tries += 1;
            if Instant::now() + wait >= deadline {
                return Err(fault);
            }
            self.rest(wait).await?;
        }
    }

    /// Creates a review of our own access: the only thing that is ever sent.
    pub async fn review(&self, path: &str, body: String) -> Result<Answer, Fault> {
        let mut tries = 0;
        loop {
            let request = Request::builder()
                .method(Method::POST)
                .uri(path)
                .header(header::ACCEPT, "application/json")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.clone().into_bytes()))
                .map_err(|_| Fault::new(Class::Refused, "no valid path"))?;
            match self.once(request, self.deadline).await {
                Ok(answer) => return Ok(answer),
                Err(fault) if tries >= fault.retries() => return Err(fault),
                Err(fault) => {
                    let wait = fault.retry_after.unwrap_or_else(|| jittered(self.limits.backoff, tries));
                    tries += 1;
                    self.rest(wait.min(self.limits.max_wait)).await?;
                }
            }
        }
    }

    async fn rest(&self, wait: Duration) -> Result<(), Fault> {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = sleep(wait) => Ok(()),
            _ = stop.wait_for(|stopped| *stopped) => Err(interrupted()),
        }
    }

    async fn once(&self, request: Request<Body>, deadline: Instant) -> Result<Answer, Fault> {
        if self.is_over() {
            return Err(self.why_over());
        }
        // Where the run's own time is the nearer one, the run is over, and --resume goes on.
        let late = || {
            let over = self.is_over() || deadline >= self.deadline;
            if over { self.why_over() } else { Fault::new(Class::Timeout, "no answer in time") }
        };
        // Nothing is sent, and no token taken, for an answer that would come too late.
        let _permit = timeout_at(deadline, self.flight.enter()).await.map_err(|_| late())??;
        let wait = self.bucket.take(deadline).ok_or_else(late)?;
        if !wait.is_zero() {
            self.rest(wait).await?;
        }
        let until = (Instant::now() + self.limits.page_timeout).min(deadline);
        let mut stop = self.stop.clone();
        let answer = tokio::select! {
            answer = timeout_at(until, self.exchange(request)) => answer,
            _ = stop.wait_for(|stopped| *stopped) => return Err(interrupted()),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(_) if self.is_over() => return Err(self.why_over()),
            Err(_) => Err(Fault::new(Class::Timeout, "no answer in time")),
        };
        if answer.is_ok() {
            self.flight.grow();
        }
        answer
    }

    async fn exchange(&self, request: Request<Body>) -> Result<Answer, Fault> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        let response = client.send(request).await.map_err(|error| fault::of_client(&error))?;
        let (head, body) = response.into_parts();
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
            if error.is::<http_body_util::LengthLimitError>() {
                Fault::new(Class::Malformed, "the answer is too large")
            } else {
                fault::of_transport(&*error)
            }
        };
        let text = |name: header::HeaderName| {
            head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        if self.clock.get().is_none()
            && let Ok(date) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text(header::DATE))
        {
            let _ = self.clock.set((date, Instant::now()));
        }
        if !head.status.is_success() {
            let mut fault = fault::of_status(head.status.as_u16());
            fault.retry_after = text(header::RETRY_AFTER).parse().ok().map(Duration::from_secs);
            if let Ok(body) = Limited::new(body, STATUS_BYTES).collect().await
                && let Ok(status) = serde_json::from_slice::<Status>(&body.to_bytes())
            {
                fault.resume = status.metadata.token.filter(|token| !token.is_empty());
                let seconds = status.details.and_then(|details| details.retry_after);
                fault.retry_after = fault.retry_after.or(seconds.map(Duration::from_secs));
            }
            return Err(fault);
        }
        let body = Limited::new(body, self.limits.page_bytes).collect().await.map_err(broken)?.to_bytes();
        Ok(Answer { content_type: text(header::CONTENT_TYPE), body })
    }

    fn why_over(&self) -> Fault {
        if *self.stop.borrow() { interrupted() } else { Fault::new(Class::Stopped, "the time of the run is over") }
    }
}

fn interrupted() -> Fault {
    Fault::new(Class::Stopped, "interrupted")
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    metadata: StatusMeta,
    #[serde(default)]
    details: Option<StatusDetails>,
}

#[derive(Default, Deserialize)]
struct StatusMeta {
    #[serde(rename = "continue", default)]
    token: Option<String>,
}

#[derive(Deserialize)]
struct StatusDetails {
    #[serde(rename = "retryAfterSeconds", default)]
    retry_after: Option<u64>,
}

/// Full jitter: anything up to the doubled base, so that many clients do not come back as one.
fn jittered(base: Duration, tries: u32) -> Duration {
    let whole = base.saturating_mul(2_u32.saturating_pow(tries.min(8) + 1));
    let dice = RandomState::new().build_hasher().finish() % 1000;
    let share = dice as u32;
    base / 2 + whole * share / 1000
}

/// How many requests are under way: fewer after a throttle, more again when it goes well.
struct Flight {
    permits: Semaphore,
    /// Permits that exist, and how many of them are to be taken away.
    width: AtomicUsize,
    debt: AtomicUsize,
    most: usize,
    good: AtomicUsize,
}

impl Flight {
    fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            permits: Semaphore::new(most),
            width: AtomicUsize::new(most),
            debt: AtomicUsize::new(0),
            most,
            good: AtomicUsize::new(0),
        }
    }

    async fn enter(&self) -> Result<SemaphorePermit<'_>, Fault> {
        loop {
            let permit = self.permits.acquire().await.map_err(|_| interrupted())?;
            let paid = self.debt.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |debt| debt.checked_sub(1));
            if paid.is_err() {
                return Ok(permit);
            }
            permit.forget();
        }
    }

    /// Halves the width.
    fn shrink(&self) {
        self.good.store(0, Ordering::SeqCst);
        let before = self.width.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |width| Some(width.div_ceil(2)));
        let before = before.unwrap_or(1);
        self.debt.fetch_add(before - before.div_ceil(2), Ordering::SeqCst);
    }

    /// One more after twenty good answers in a row.
    fn grow(&self) {
        if self.good.fetch_add(1, Ordering::SeqCst) % 20 == 19
            && self
                .width
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |width| (width < self.most).then_some(width + 1))
                .is_ok()
        {
            self.permits.add_permits(1);
        }
    }
}

/// A token bucket: so many requests a second, with a burst of twice as many.
struct Bucket {
    rate: f64,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    fn new(rate: f64) -> Self {
        Self { rate, state: Mutex::new((rate * 2.0, Instant::now())) }
    }

    /// Takes one token and says how long to wait for it; none where it would come too late.
    fn take(&self, deadline: Instant) -> Option<Duration> {
        let now = Instant::now();
        if now >= deadline {
            return None;
        }
        if self.rate <= 0.0 {
            return Some(Duration::ZERO);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = (state.0 + now.duration_since(state.1).as_secs_f64() * self.rate).min(self.rate * 2.0);
        let left = filled - 1.0;
        let wait = if left >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-left / self.rate) };
        if now + wait >= deadline {
            *state = (filled, now);
            return None;
        }
        *state = (left, now);
        Some(wait)
    }
}
