//! The account that a cluster gives to a pod: where the API server is, its authority, and a token
//! that the kubelet renews.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use kube::config::{AuthInfo, Config};

use super::{authority::certificates, problem::bad};
use crate::collect::CollectError;

/// Where a pod's account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The folder with `token` and `ca.crt`.
    pub folder: PathBuf,
    /// The API server's host, as `KUBERNETES_SERVICE_HOST` has it.
    pub host: Option<String>,
    /// Its port, as `KUBERNETES_SERVICE_PORT` has it.
    pub port: Option<String>,
}

impl Account {
    /// Where Kubernetes puts it: the mount that every pod has, and its environment.
    #[must_use]
    pub fn mounted() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            folder: PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount"),
            host: var("KUBERNETES_SERVICE_HOST"),
            port: var("KUBERNETES_SERVICE_PORT"),
        }
    }

    /// Whether this is a pod at all.
    pub(super) fn is_there(&self) -> bool {
        self.host.is_some()
    }

    /// The configuration that client libraries make of it.
    pub(super) fn config(&self) -> Result<Config, CollectError> {
        let (Some(host), Some(port)) = (&self.host, &self.port) else {
            return Err(bad(
                "in-cluster",
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set: this is no pod",
                "run it in a pod, or name --kubeconfig FILE",
            ));
        };
        let host = match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => format!("[{address}]"),
            _ => host.clone(),
        };
        let url = format!("https://{host}:{port}").parse().ok().filter(|_| port.parse::<u16>().is_ok());
        let url: http::Uri = url.ok_or_else(|| {
            bad(
                "in-cluster",
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no address",
                "the kubelet sets them; do not set them by hand",
            )
        })?;
        let token = self.folder.join("token");
        let lacks = |path: &Path, what: &str, error: std::io::ErrorKind| {
            bad(
                path.display().to_string(),
                format!("the pod has no {what}: {error}"),
                "set automountServiceAccountToken: true and a serviceAccountName, or use --kubeconfig",
            )
        };
        match std::fs::read_to_string(&token) {
            Ok(text) if text.trim().is_empty() => {
                return Err(lacks(&token, "service account token", std::io::ErrorKind::UnexpectedEof));
            }
            Ok(_) => {}
            Err(error) => return Err(lacks(&token, "service account token", error.kind())),
        }
        let authority = self.folder.join("ca.crt");
        let pem =
            std::fs::read(&authority).map_err(|error| lacks(&authority, "certificate authority", error.kind()))?;
        let wrong =
            |reason| bad(authority.display().to_string(), reason, "it is written by the cluster: ask its owner");
        let mut config = Config::new(url);
        config.root_cert = Some(certificates(&pem).map_err(wrong)?);
        // Authorities are renewed as well as tokens: both are read again while we run.
        config.root_cert_file = Some(authority);
        config.auth_info = AuthInfo { token_file: Some(token.display().to_string()), ..AuthInfo::default() };
        Ok(config)
    }
}
