//! A connection for deliveries: the only way in which anything is written to a cluster, and never
//! used to read one for an audit. What is sent is the caller's business.

use std::time::Duration;

use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Limited};
use kube::client::Body;

use super::{Limits, Target, fault, open};
use crate::collect::CollectError;

/// Answers are no longer than this.
const LONGEST: usize = 256 << 20;

/// A connection, with a runtime of its own.
pub struct Session {
    runtime: tokio::runtime::Runtime,
    client: kube::Client,
    /// Host and port, for messages.
    pub server: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.server)
    }
}

/// Why there is no answer: in our words, and whether another try may help.
pub type Broken = (String, bool);

impl Session {
    /// Connects; nothing is sent yet.
    ///
    /// # Errors
    /// No kubeconfig, no credentials.
    pub fn open(target: &Target, patience: Duration) -> Result<Self, CollectError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CollectError::io("runtime", error))?;
        let usual = Limits::default();
        let limits = Limits {
            connect_timeout: usual.connect_timeout.min(patience),
            page_timeout: usual.page_timeout.min(patience),
            run_timeout: patience,
            ..usual
        };
        let connection = runtime.block_on(open(target, &limits))?;
        Ok(Self { runtime, client: connection.client, server: connection.server })
    }

    /// Sends one request and gives the status and the body, of whatever kind.
    ///
    /// # Errors
    /// No answer, or none in time.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
        left: Duration,
    ) -> Result<(u16, Vec<u8>), Broken> {
        let wrong = || ("the request is not valid".to_owned(), false);
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| wrong())?;
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT, "application/json");
        if !content_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let request = request.body(Body::from(body)).map_err(|_| wrong())?;
        let exchange = async {
            let told = |fault: fault::Fault| {
                let again = fault.retries() > 0;
                (fault.detail, again)
            };
            let response = self.client.send(request).await.map_err(|error| told(fault::of_client(&error)))?;
            let status = response.status().as_u16();
            let body = Limited::new(response.into_body(), LONGEST).collect().await;
            let body = body.map_err(|error| told(fault::of_transport(&*error)))?;
            Ok((status, body.to_bytes().to_vec()))
        };
        self.runtime.block_on(async {
            tokio::time::timeout(left, exchange).await.unwrap_or_else(|_| Err(("no answer in time".to_owned(), true)))
        })
    }
}
